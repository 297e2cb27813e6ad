import { toWireCluster, wireClusterSchema } from '@oakestra/wire'
import { z } from 'zod'
import { clusters } from '../../state/collections.ts'
import type { RootApiDeps } from '../deps.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'

/** Every cluster that ever joined. */
export const listClusters = defineRoute({
  method: 'GET',
  path: '/api/clusters',
  tag: 'clusters',
  summary: 'List all clusters',
  permission: SIGNED_IN,
  answer: z.array(wireClusterSchema),
  handle: (deps) => wireClusters(deps),
})

export const listActiveClusters = defineRoute({
  method: 'GET',
  path: '/api/clusters/active',
  tag: 'clusters',
  summary: 'List the clusters that are connected',
  permission: SIGNED_IN,
  answer: z.array(wireClusterSchema),
  handle: async (deps) => (await wireClusters(deps)).filter((cluster) => cluster.active),
})

async function wireClusters(deps: RootApiDeps) {
  const connected = deps.connectedClusters()
  const known = await deps.store.read((reader) => reader.list(clusters))
  return known
    .toSorted((a, b) => a.createdAtMs - b.createdAtMs)
    .map((cluster) => toWireCluster(cluster, connected.has(cluster.id), deps.presence.presence(cluster.id)))
}
