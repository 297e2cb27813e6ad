import type { Node, ObservedInstance } from '@oakestra/model'
import { joinTokens } from '@oakestra/pki'
import { INBOX_COLLECTIONS, OUTBOX_COLLECTIONS } from '@oakestra/session'
import type { PublishedPort, ResourceRequest } from '@oakestra/sla'
import type { Collection } from '@oakestra/store'

/** That an instance has a node. It stays until the node has been seen without the instance. */
export interface Placement {
  readonly instanceId: string
  readonly nodeId: string
  /** What was promised to it on that node. */
  readonly resources: ResourceRequest
  readonly ports: readonly PublishedPort[]
}

/** What a node last said about an instance. Written by the session with that node only. */
export interface NodeReport extends ObservedInstance {
  readonly nodeId: string
}

export const nodes: Collection<Node> = { name: 'nodes', key: (node) => node.id, indexes: { name: (node) => node.name } }
export const placements: Collection<Placement> = {
  name: 'placements',
  key: (placement) => placement.instanceId,
  indexes: { nodeId: (placement) => placement.nodeId },
}
export const nodeReports: Collection<NodeReport> = {
  name: 'node_reports',
  key: (report) => report.instanceId,
  indexes: { nodeId: (report) => report.nodeId },
}

/** Every collection of a cluster's store. */
export const CLUSTER_COLLECTIONS = [...INBOX_COLLECTIONS, ...OUTBOX_COLLECTIONS, nodes, placements, nodeReports, joinTokens] as const
