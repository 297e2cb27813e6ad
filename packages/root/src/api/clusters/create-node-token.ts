import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { joinTokenSchema } from './create-cluster-token.ts'
import { findCluster } from './get-cluster.ts'

export const createNodeToken = defineRoute({
  method: 'POST',
  path: '/api/cluster/:clusterId/join-token',
  tag: 'clusters',
  summary: 'Make a token with which a node joins a cluster',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  answer: joinTokenSchema,
  async handle(deps, call) {
    const cluster = await deps.store.read((reader) => findCluster(reader, call.params.clusterId))
    return { token: await deps.joinTokens.forNode(cluster.id) }
  },
})
