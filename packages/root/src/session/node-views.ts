import { type Logger, OakError, toOakError } from '@oakestra/base'
import type { ParentSessions } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import { nodeViewSchema, parseWire, type WireNode } from '@oakestra/wire'
import { z } from 'zod'
import type { NodeView } from '../api/deps.ts'
import { clusters } from '../state/collections.ts'

const LIST_TIMEOUT_MS = 3_000

/** Asks clusters for their nodes: root itself does not know nodes. */
export async function listNodes(store: Store, sessions: ParentSessions, logger: Logger, clusterId?: string): Promise<readonly NodeView[]> {
  const known = await store.read((reader) => reader.list(clusters))
  const asked = known.filter(({ id }) => (clusterId === undefined ? sessions.connected().has(id) : id === clusterId))
  const answers = await Promise.all(
    asked.map(async (cluster) => {
      try {
        const answer = await sessions.request(cluster.id, 'nodes.list', {}, LIST_TIMEOUT_MS)
        return parseWire(z.array(nodeViewSchema), answer, "a cluster's nodes").map((node) => viewOf(node, cluster))
      } catch (thrown) {
        if (clusterId !== undefined) throw thrown
        logger.warn('a cluster did not list its nodes', { cluster: cluster.id, err: toOakError(thrown).message })
        return []
      }
    }),
  )
  if (clusterId !== undefined && asked.length === 0) throw new OakError('not-found', 'there is no such cluster')
  return answers.flat()
}

function viewOf(node: WireNode, cluster: { readonly id: string; readonly name: string }): NodeView {
  const { id, name, address, connected, facts, instances, usage, lastSeenAtMs, presence, labels } = node
  return {
    id,
    name,
    clusterId: cluster.id,
    clusterName: cluster.name,
    address,
    architecture: facts?.architecture ?? '',
    state: connected ? 'connected' : 'disconnected',
    presence: presence ?? (connected ? 'here' : 'away'),
    cordoned: node.cordoned ?? false,
    draining: node.draining ?? false,
    removing: node.removing ?? false,
    labels: labels ?? [],
    instances,
    ...(facts && { facts }),
    ...usage,
    ...(lastSeenAtMs !== undefined && { lastSeenAtMs }),
  }
}
