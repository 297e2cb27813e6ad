import { z } from 'zod'
import { instances } from '../../state/collections.ts'
import { beforeClusterRemoval } from '../hooks/before-clusters.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { clusterGuard } from '../versions/guards.ts'

const answer = z
  .object({ message: z.string(), instances: z.int().describe('How many it still has; it is gone when the last has another place.') })
  .meta({ id: 'ClusterRemoval' })

export const removeCluster = defineRoute({
  method: 'DELETE',
  path: '/api/clusters/:clusterId',
  tag: 'clusters',
  summary: 'Remove a cluster',
  description:
    'Its instances go to other clusters, and it is gone when none is left: its certificate is refused from then on. Instances that no other cluster takes keep it until they are removed. Asking again shows how far it is.',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  answer,
  ifMatch: true,
  before: beforeClusterRemoval,
  async handle(deps, call) {
    const { id, name } = await deps.clusters.remove(call.actor, call.params.clusterId, clusterGuard(call.ifMatch))
    const left = await deps.store.read((reader) => reader.count(instances, { index: 'clusterId', equals: id }))
    return { message: `the cluster ${name} is being removed`, instances: left }
  },
})
