import type { Cluster } from '@oakestra/model'
import { toWireCluster, wireClusterSchema } from '@oakestra/wire'
import { z } from 'zod'
import { clusters } from '../../state/collections.ts'
import type { RootApiDeps } from '../deps.ts'
import { answerPage } from '../paging/page.ts'
import { limitOf, type PageQuery, pageQuery } from '../paging/page-query.ts'
import { pageOfKeys } from '../paging/scan.ts'
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
  query: pageQuery,
  handle: (deps, call) => wireClusters(deps, call.query, () => true),
})

export const listActiveClusters = defineRoute({
  method: 'GET',
  path: '/api/clusters/active',
  tag: 'clusters',
  summary: 'List the clusters that are connected',
  permission: SIGNED_IN,
  answer: z.array(wireClusterSchema),
  query: pageQuery,
  handle(deps, call) {
    const connected = deps.connectedClusters()
    return wireClusters(deps, call.query, ({ id }) => connected.has(id))
  },
})

/** The whole list in the order of joining; pages by id, which is an order that the store has. */
async function wireClusters(deps: RootApiDeps, query: PageQuery, isListed: (cluster: Cluster) => boolean) {
  const connected = deps.connectedClusters()
  const page = await deps.store.read((reader) => pageOfKeys(reader, clusters, query, isListed))
  const listed = limitOf(query) === undefined ? page.items.toSorted((a, b) => a.createdAtMs - b.createdAtMs) : page.items
  return answerPage(
    page,
    listed.map((cluster) => toWireCluster(cluster, connected.has(cluster.id), deps.presence.presence(cluster.id))),
  )
}
