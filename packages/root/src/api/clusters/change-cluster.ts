import { toWireCluster, wireClusterSchema } from '@oakestra/wire'
import { z } from 'zod'
import { schemaBody } from '../bodies.ts'
import { beforeClusterChange } from '../hooks/before-clusters.ts'
import { flagSchema, labelsSchema } from '../labels.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { clusterGuard } from '../versions/guards.ts'
import { answerVersioned } from '../versions/version.ts'

const body = z
  .looseObject(
    {
      cordoned: flagSchema.optional().describe('True: it gets no new instances. What it has stays.'),
      labels: labelsSchema.optional(),
    },
    { error: 'an object with cordoned or labels' },
  )
  .meta({ id: 'ClusterChange' })

export const changeCluster = defineRoute({
  method: 'PATCH',
  path: '/api/clusters/:clusterId',
  tag: 'clusters',
  summary: 'Cordon a cluster, or give it labels; what is not named stays',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  body: schemaBody(body),
  answer: wireClusterSchema,
  ifMatch: true,
  before: beforeClusterChange,
  async handle(deps, call) {
    const { cordoned, labels } = call.body
    const cluster = await deps.clusters.setStanding(call.actor, call.params.clusterId, { cordoned, labels }, clusterGuard(call.ifMatch))
    return answerVersioned(toWireCluster(cluster, deps.connectedClusters().has(cluster.id), deps.presence.presence(cluster.id)))
  },
})
