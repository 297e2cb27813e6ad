import { nodeVersion, versionSchema } from '@oakestra/wire'
import { z } from 'zod'
import { nameKey } from '../../state/order-keys.ts'
import type { NodeView } from '../deps.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageParameters } from '../paging/page-query.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'

const summarySchema = z.object({
  vcpus: z.number(),
  memory_mib: z.number(),
  storage_free_mib: z.number(),
  vgpus: z.number(),
  virtualization: z.array(z.string()),
  faults: z
    .record(z.string(), z.string())
    .optional()
    .describe('By virtualization: what it was started for and cannot run now, with the reason; absent where all works.'),
  version: z.string(),
  labels: z.array(z.string()).describe('Of its configuration alone, without those of operators.'),
})

const nodeSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    cluster_id: z.string(),
    cluster_name: z.string(),
    address: z.string(),
    architecture: z.string(),
    state: z.enum(['connected', 'disconnected']),
    presence: z
      .enum(['here', 'away', 'lost'])
      .describe('`away`: not connected, and not given up; `lost`: what it had is started elsewhere.'),
    cordoned: z.boolean().describe('It gets no new instances.'),
    draining: z.boolean().describe('What it has is being moved to other nodes.'),
    removing: z.boolean().describe('It goes once what it has is elsewhere.'),
    labels: z.array(z.string()),
    version: versionSchema,
    facts: summarySchema.optional(),
    location: z
      .object({ lat: z.number(), lon: z.number() })
      .optional()
      .describe('Where it is, in degrees, as its setting `node.location` says; absent where it says nothing.'),
    instances: z.int().optional(),
    cpu_percent: z.number().optional(),
    memory_percent: z.number().optional(),
    last_seen: z.string().optional(),
  })
  .meta({ id: 'Node' })

export const listNodes = defineRoute({
  method: 'GET',
  path: '/api/nodes',
  tag: 'nodes',
  summary: 'List nodes, of one cluster or of all',
  permission: SIGNED_IN,
  query: z.object({
    ...pageParameters,
    cluster: z.string().max(64, { error: 'the id of a cluster' }).optional().describe('Id of a cluster.'),
  }),
  answer: z.array(nodeSchema),
  async handle(deps, call) {
    const page = pageOf(await deps.nodes.list(call.query.cluster), call.query, ({ clusterId, id }) => nameKey(clusterId, id))
    return answerPage(page, page.items.map(toWireNode))
  },
})

function toWireNode(node: NodeView): z.infer<typeof nodeSchema> {
  const { facts } = node
  return {
    id: node.id,
    name: node.name,
    cluster_id: node.clusterId,
    cluster_name: node.clusterName,
    address: node.address,
    architecture: node.architecture,
    state: node.state,
    presence: node.presence,
    cordoned: node.cordoned,
    draining: node.draining,
    removing: node.removing,
    labels: [...node.labels],
    version: nodeVersion(node),
    ...(facts ? { facts: toWireSummary(facts) } : {}),
    ...(facts?.location ? { location: { lat: facts.location.lat, lon: facts.location.lon } } : {}),
    ...(node.instances === undefined ? {} : { instances: node.instances }),
    ...(node.cpuPercent === undefined ? {} : { cpu_percent: node.cpuPercent }),
    ...(node.memoryPercent === undefined ? {} : { memory_percent: node.memoryPercent }),
    ...(node.lastSeenAtMs === undefined ? {} : { last_seen: new Date(node.lastSeenAtMs).toISOString() }),
  }
}

function toWireSummary(facts: NonNullable<NodeView['facts']>): z.infer<typeof summarySchema> {
  const { vcpus, memoryMiB, storageFreeMiB, vgpus, virtualizations, faults, version, labels = [] } = facts
  return {
    vcpus,
    memory_mib: memoryMiB,
    storage_free_mib: storageFreeMiB,
    vgpus,
    virtualization: [...virtualizations],
    ...(faults && { faults }),
    version,
    labels: [...labels],
  }
}
