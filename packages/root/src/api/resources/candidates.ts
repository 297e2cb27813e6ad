import { OakError } from '@oakestra/base'
import type { Reader } from '@oakestra/store'
import { toWireCluster, type WireCluster } from '@oakestra/wire'
import { z } from 'zod'
import type { Actor } from '../../accounts/actor.ts'
import { clusters } from '../../state/collections.ts'
import { instancesOf, ownService } from '../../state/operations-ownership.ts'
import type { ApiContext } from '../deps.ts'

/** What upstream answers of a candidate, in its order. `reference/orchestration.md` 8.1. */
const CANONICAL = [
  '_id',
  'cpu_percent',
  'vcpus',
  'memory_percent',
  'vram',
  'vram_percent',
  'gpu_temp',
  'gpu_drivers',
  'gpu_percent',
  'vgpus',
  'memory',
  'virtualization',
  'supported_addons',
  'active_nodes',
  'ip',
  'port',
  'candidate_location',
  'candidate_name',
  'cpu_history',
  'memory_history',
  'csi_drivers',
] as const satisfies readonly (keyof WireCluster)[]

export const candidateSchema = z
  .looseObject({
    _id: z.string(),
    candidate_name: z.string(),
    candidate_location: z.string(),
    ip: z.string(),
    port: z.string(),
    active_nodes: z.int(),
    vcpus: z.int(),
    cpu_percent: z.number(),
    memory: z.int().describe('Free MiB.'),
    memory_percent: z.number(),
    vgpus: z.int(),
    virtualization: z.array(z.string()),
    supported_addons: z.array(z.string()),
    csi_drivers: z.array(z.string()),
  })
  .meta({ id: 'Candidate' })

/** The canonical members of a cluster, and those that were asked for besides. */
export function candidateView(cluster: WireCluster, more: readonly string[] = []): Record<string, unknown> {
  const wanted = new Set<string>([...CANONICAL, ...more])
  return Object.fromEntries(Object.entries(cluster).filter(([member]) => wanted.has(member)))
}

export interface CandidateFilter {
  readonly active?: boolean | undefined
  readonly name?: string | undefined
  readonly ip?: string | undefined
  readonly jobId?: string | undefined
}

/** Clusters that have what is asked for, in the order of their ids. @throws OakError `not-found` for a service the actor may not see */
export async function candidatesOf(deps: ApiContext, actor: Actor, filter: CandidateFilter): Promise<readonly WireCluster[]> {
  const { active, name, ip, jobId } = filter
  const found = await deps.store.read(async (reader) => {
    const running = jobId === undefined ? undefined : await clustersOf(reader, actor, jobId)
    const known = await reader.list(clusters, name === undefined ? {} : { index: 'name', equals: name })
    return running ? known.filter(({ id }) => running.has(id)) : known
  })
  const connected = deps.connectedClusters()
  return found
    .map((cluster) => toWireCluster(cluster, connected.has(cluster.id), deps.presence.presence(cluster.id)))
    .filter((cluster) => (!active || cluster.active) && (ip === undefined || cluster.ip === ip))
}

/** Where instances of a service are: what upstream looks for, and never writes. */
async function clustersOf(reader: Reader, actor: Actor, serviceId: string): Promise<ReadonlySet<string>> {
  const service = await ownService(reader, actor, serviceId, 'read')
  return new Set((await instancesOf(reader, service.id)).flatMap(({ clusterId }) => clusterId ?? []))
}

/** @throws OakError `bad-request` for what is no id; `not-found` */
export async function findCandidate(deps: ApiContext, id: string): Promise<WireCluster> {
  requireIdForm(id)
  const cluster = await deps.store.read((reader) => reader.get(clusters, id))
  if (!cluster) throw new OakError('not-found', 'there is no cluster of this id')
  return toWireCluster(cluster, deps.connectedClusters().has(id), deps.presence.presence(id))
}

/** Upstream tells what cannot be an id apart from what is none. @throws OakError `bad-request` */
export function requireIdForm(id: string): void {
  if (!/^[0-9a-f]{24}$/.test(id)) throw new OakError('bad-request', 'the id has to be 24 hexadecimal digits')
}
