import { OakError } from '@oakestra/base'
import { z } from 'zod'
import { schemaBody } from '../bodies.ts'
import { beforeClusterChange, beforeClusterRemoval } from '../hooks/before-clusters.ts'
import { flagSchema, labelsSchema } from '../labels.ts'
import { messageSchema } from '../messages.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageParameters } from '../paging/page-query.ts'
import { anyOf, SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { clusterGuard } from '../versions/guards.ts'
import { candidateSchema, candidatesOf, candidateView, findCandidate } from './candidates.ts'
import { notAllowed, notHere } from './not-here.ts'

const TAG = 'resource abstractor'
const JOIN = 'clusters join by themselves: make a token with POST /api/clusters/join-token'

const query = z.object({
  ...pageParameters,
  active: z.string().optional().describe('`true`: only clusters that are connected.'),
  candidate_name: z.string().optional(),
  ip: z.string().optional(),
  job_id: z.string().optional().describe('Only clusters that have instances of this service.'),
  resources: z.string().optional().describe('Further members to answer, with commas between them.'),
})

export const listResources = defineRoute({
  method: 'GET',
  path: '/api/v1/resources',
  tag: TAG,
  summary: 'List clusters as candidates',
  permission: SIGNED_IN,
  query,
  answer: z.array(candidateSchema),
  async handle(deps, call) {
    const { active, candidate_name: name, ip, job_id: jobId, resources } = call.query
    const found = await candidatesOf(deps, call.actor, { active: /^(true|1)$/i.test(active ?? ''), name, ip, jobId })
    const page = pageOf(found, call.query, ({ _id }) => _id)
    const more = (resources ?? '').split(',').map((member) => member.trim())
    return answerPage(
      page,
      page.items.map((cluster) => candidateView(cluster, more)),
    )
  },
})

export const getResource = defineRoute({
  method: 'GET',
  path: '/api/v1/resources/:clusterId',
  tag: TAG,
  summary: 'Show a cluster as a candidate',
  permission: SIGNED_IN,
  answer: candidateSchema,
  handle: async (deps, call) => candidateView(await findCandidate(deps, call.params.clusterId)),
})

const change = z
  .looseObject({ cordoned: flagSchema.optional(), labels: labelsSchema.optional() }, { error: 'an object with cordoned or labels' })
  .meta({ id: 'CandidateChange' })

export const changeResource = defineRoute({
  method: 'PATCH',
  path: '/api/v1/resources/:clusterId',
  tag: TAG,
  summary: 'Cordon a cluster, or give it labels',
  description: 'What upstream’s clusters write here, such as their load, is what a cluster says of itself: others cannot say it.',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  body: { ...schemaBody(change), refusalStatus: 422 },
  ifMatch: true,
  answer: candidateSchema,
  before: beforeClusterChange,
  async handle(deps, call) {
    const { cordoned, labels, ...others } = call.body
    const [stranger] = Object.keys(others)
    if (stranger !== undefined)
      throw notAllowed(`${stranger} of a cluster is what the cluster reports; cordoned and labels can be changed here`)
    const { clusterId } = call.params
    await deps.clusters.setStanding(call.actor, clusterId, { cordoned, labels }, clusterGuard(call.ifMatch))
    return candidateView(await findCandidate(deps, clusterId), ['cordoned', 'labels'])
  },
})

export const removeResource = defineRoute({
  method: 'DELETE',
  path: '/api/v1/resources/:clusterId',
  tag: TAG,
  summary: 'Remove a cluster; asking for one that is not there is no error',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  status: 204,
  ifMatch: true,
  answer: messageSchema,
  before: beforeClusterRemoval,
  async handle(deps, call) {
    try {
      await deps.clusters.remove(call.actor, call.params.clusterId, clusterGuard(call.ifMatch))
    } catch (thrown) {
      if (!(thrown instanceof OakError && thrown.code === 'not-found')) throw thrown
    }
  },
})

export const RESOURCES_NOT_HERE = [notHere('POST', '/api/v1/resources', TAG, JOIN), notHere('PUT', '/api/v1/resources', TAG, JOIN)]
