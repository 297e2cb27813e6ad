import { z } from 'zod'
import { nameKey } from '../../state/order-keys.ts'
import type { UnclaimedView } from '../../unclaimed/unclaimed-desk.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'

const unclaimedSchema = z
  .object({
    instance_id: z.string(),
    instance_number: z.int(),
    microserviceID: z.string(),
    job_name: z.string().describe('`app.appns.service.servicens`'),
    image: z.string(),
    cluster_id: z.string(),
    cluster_name: z.string(),
    node_id: z.string().optional().describe('Where it runs; absent when its cluster knows it, and may move it.'),
    since: z.number().describe('Epoch seconds: when root found it.'),
    reason: z.string().describe('Why it is not one of a service that root knows.'),
  })
  .meta({ id: 'UnclaimedInstance' })

export const listUnclaimed = defineRoute({
  method: 'GET',
  path: '/api/unclaimed',
  tag: 'clusters',
  summary: 'List instances that run and that nobody is known to want',
  description:
    'There are such after root or their cluster was restored from a backup that is older than they are, or root was replaced. They go on until they are adopted or dropped.',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  query: pageQuery,
  answer: z.array(unclaimedSchema),
  async handle(deps, call) {
    const page = pageOf(await deps.unclaimed.list(), call.query, ({ clusterId, instanceId }) => nameKey(clusterId, instanceId))
    return answerPage(page, page.items.map(toWire))
  },
})

function toWire({
  instanceId,
  serviceId,
  clusterId,
  cluster,
  nodeId,
  spec,
  seenAtMs,
  reason,
}: UnclaimedView): z.infer<typeof unclaimedSchema> {
  return {
    instance_id: instanceId,
    instance_number: spec.number,
    microserviceID: serviceId,
    job_name: spec.jobName,
    image: spec.image,
    cluster_id: clusterId,
    cluster_name: cluster?.name ?? '',
    ...(nodeId !== undefined && { node_id: nodeId }),
    since: seenAtMs / 1000,
    reason,
  }
}
