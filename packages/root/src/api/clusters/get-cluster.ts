import { OakError } from '@oakestra/base'
import type { Cluster } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { toWireCluster, wireClusterSchema } from '@oakestra/wire'
import { clusters } from '../../state/collections.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { answerVersioned } from '../versions/version.ts'

export const getCluster = defineRoute({
  method: 'GET',
  path: '/api/cluster/:clusterId',
  tag: 'clusters',
  summary: 'Show a cluster',
  permission: SIGNED_IN,
  answer: wireClusterSchema,
  async handle(deps, call) {
    const cluster = await deps.store.read((reader) => findCluster(reader, call.params.clusterId))
    return answerVersioned(toWireCluster(cluster, deps.connectedClusters().has(cluster.id), deps.presence.presence(cluster.id)))
  },
})

/** @throws OakError `not-found` */
export async function findCluster(reader: Reader, id: string): Promise<Cluster> {
  const cluster = await reader.get(clusters, id)
  if (!cluster) throw new OakError('not-found', 'there is no cluster of this id')
  return cluster
}
