import { OakError } from '@oakestra/base'
import type { ParentSessions } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import { type ChangeNode, type MoveInstance, parseWire, type RemoveNode } from '@oakestra/wire'
import { z } from 'zod'
import { clusters } from '../state/collections.ts'

// A transaction at the cluster and the way there and back, over a poor line.
const TIMEOUT_MS = 5_000
const NODE_TOKEN_VALID_MS = 24 * 3_600_000

/**
 * What root asks of clusters on behalf of operators: nodes are a cluster's own business.
 * @throws OakError `not-found` there is no such cluster, node or instance; `unavailable` the cluster is not connected;
 * `deadline-exceeded`; else what the cluster answers
 */
export interface ClusterRequests {
  /** A token with which one node may join. */
  nodeToken(clusterId: string): Promise<string>
  changeNode(clusterId: string, change: ChangeNode): Promise<void>
  /** What it has goes to other nodes; its certificate is refused from then on. */
  removeNode(clusterId: string, removal: RemoveNode): Promise<void>
  /** Within the cluster that has it. */
  moveInstance(clusterId: string, move: MoveInstance): Promise<void>
}

export function createClusterRequests(store: Store, sessions: () => ParentSessions): ClusterRequests {
  const ask = async (clusterId: string, method: string, params: unknown) => {
    const cluster = await store.read((reader) => reader.get(clusters, clusterId))
    if (!cluster) throw new OakError('not-found', 'there is no cluster of this id')
    if (!sessions().connected().has(clusterId)) {
      throw new OakError('unavailable', `the cluster ${cluster.name} is not connected, and only it can do this: try again when it is back`)
    }
    return sessions().request(clusterId, method, params, TIMEOUT_MS)
  }
  return {
    nodeToken: async (clusterId) =>
      parseWire(z.string(), await ask(clusterId, 'nodes.token', { validMs: NODE_TOKEN_VALID_MS }), 'join token'),
    changeNode: async (clusterId, change) => void (await ask(clusterId, 'nodes.change', change)),
    removeNode: async (clusterId, removal) => void (await ask(clusterId, 'nodes.remove', removal)),
    moveInstance: async (clusterId, move) => void (await ask(clusterId, 'instances.move', move)),
  }
}
