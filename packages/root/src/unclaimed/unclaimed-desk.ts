import { OakError } from '@oakestra/base'
import { type Cluster, type DesiredInstance, jobName, type Service } from '@oakestra/model'
import type { Reader, Store, Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { QUIET_MS } from '../addresses/allocate.ts'
import { userActor } from '../events/record-event.ts'
import { storeAs } from '../events/recording-store.ts'
import { clusters, instances, services } from '../state/collections.ts'
import type { AskClusters } from './ask-clusters.ts'
import { dropUnclaimed } from './drop-unclaimed.ts'
import { restoreInstance } from './restore-instance.ts'
import { restoreService } from './restore-service.ts'
import { type UnclaimedInstance, unclaimed } from './unclaimed-instance.ts'
import type { UnknownDeps } from './unknown-deps.ts'

/** An unclaimed instance as people see it. */
export interface UnclaimedView extends UnclaimedInstance {
  readonly cluster?: Cluster
  /** Where it runs; known of what its cluster does not want either. */
  readonly nodeId?: string
  /** One sentence: why root does not know it as one of a service's. */
  readonly reason: string
}

/** Where operators decide about what runs and nobody is known to want. */
export interface UnclaimedDesk {
  /** By cluster, service and number. */
  list(): Promise<readonly UnclaimedView[]>
  /**
   * Makes it one of its service's, which is made again when it is not known.
   * @throws OakError `not-found`; `conflict`, with the reason
   */
  adopt(actor: Actor, clusterId: string, instanceId: string): Promise<{ readonly serviceId: string; readonly jobName: string }>
  /** Orders it gone. @throws OakError `not-found` */
  drop(clusterId: string, instanceId: string): Promise<void>
}

export function createUnclaimedDesk(store: Store, deps: UnknownDeps, ask: AskClusters): UnclaimedDesk {
  const dropHeld = async (place: Place) => {
    const instance = await store.read((reader) => reader.get(instances, place.instanceId))
    if (isWantedThere(instance, place)) throw new OakError('conflict', WANTED)
    await ask.drop(place.clusterId, place.instanceId)
  }
  /** A cluster is asked only for what root has no record of. */
  const heldAlone = async ({ clusterId, instanceId }: Place) => {
    const record = await store.read((reader) => reader.get(unclaimed, instanceId))
    return record?.clusterId === clusterId ? undefined : (await ask.of(clusterId)).find((each) => each.instanceId === instanceId)
  }
  return {
    async list() {
      const held = await ask.all()
      return store.read((reader) => listUnclaimed(reader, held))
    },
    async adopt(actor, clusterId, instanceId) {
      const place = { clusterId, instanceId }
      const held = await heldAlone(place)
      return storeAs(store, userActor(actor)).write(async (writer) => adopt(writer, deps, actor, held ?? (await find(writer, place))))
    },
    async drop(clusterId, instanceId) {
      const place = { clusterId, instanceId }
      if (await heldAlone(place)) return dropHeld(place)
      await store.write(async (writer) => {
        await find(writer, place)
        await dropUnclaimed(writer, instanceId)
      })
    },
  }
}

type Place = Pick<UnclaimedInstance, 'clusterId' | 'instanceId'>

/** @param held what clusters hold and do not want */
async function listUnclaimed(reader: Reader, held: readonly UnclaimedInstance[]): Promise<readonly UnclaimedView[]> {
  const known = await reader.list(unclaimed)
  const ids = new Set(known.map(({ instanceId }) => instanceId))
  const byId = new Map((await reader.list(clusters)).map((cluster) => [cluster.id, cluster]))
  const views: UnclaimedView[] = []
  for (const record of [...known, ...held.filter(({ instanceId }) => !ids.has(instanceId))]) {
    const instance = await reader.get(instances, record.instanceId)
    if (isWantedThere(instance, record)) continue
    const cluster = byId.get(record.clusterId)
    const reason = instance ? ELSEWHERE : reasonOf(record, await reader.get(services, record.serviceId), ids.has(record.instanceId))
    views.push({ ...record, reason, ...(cluster && { cluster }) })
  }
  return views.toSorted(
    (a, b) => compare(a.clusterId, b.clusterId) || compare(a.spec.jobName, b.spec.jobName) || a.spec.number - b.spec.number,
  )
}

const ELSEWHERE = 'root wants this instance elsewhere, or not any more: drop this copy of it'
const WANTED = 'this instance is wanted there: its cluster takes it over'

/** A cluster that was put back to a backup is told what it shall have, and claims it then. */
function isWantedThere(instance: DesiredInstance | undefined, { clusterId }: Place): boolean {
  return instance?.clusterId === clusterId && !instance.removing
}

function reasonOf({ spec }: UnclaimedInstance, service: Service | undefined, isOfRoot: boolean): string {
  if (!service) return 'root knows no such service'
  if (service.removing) return 'its service is being removed'
  if (!isOfRoot) return 'its cluster was put back to a backup, and nobody is known to want it'
  return `it could not be instance ${spec.number} of its service again: that number, or the declared count, is taken`
}

async function adopt(
  writer: Writer,
  deps: UnknownDeps,
  actor: Actor,
  { instanceId, spec, clusterId }: UnclaimedInstance,
): Promise<{ readonly serviceId: string; readonly jobName: string }> {
  const known = await writer.get(instances, instanceId)
  if (known) throw new OakError('conflict', isWantedThere(known, { clusterId, instanceId }) ? WANTED : ELSEWHERE)
  const operation = { ids: deps.ids, nowMs: deps.clock.wallMs(), quietMs: QUIET_MS }
  const service = (await writer.get(services, spec.serviceId)) ?? (await restoreService(writer, actor, spec, operation))
  if (service.removing) throw new OakError('conflict', `the service ${jobName(service)} is being removed; drop the instance`)
  const isRestored = await restoreInstance(writer, deps, { service, spec, clusterId, operation, anyNumber: true })
  if (!isRestored) throw new OakError('conflict', `the service ${jobName(service)} has as many declared instances as one may have`)
  await writer.remove(unclaimed, instanceId)
  return { serviceId: service.id, jobName: jobName(service) }
}

async function find(reader: Reader, { clusterId, instanceId }: Place): Promise<UnclaimedInstance> {
  const record = await reader.get(unclaimed, instanceId)
  if (record?.clusterId !== clusterId) throw new OakError('not-found', 'this cluster has no unclaimed instance of this id')
  return record
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
