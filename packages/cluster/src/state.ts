import type { Leaving, Node, ObservedInstance } from '@oakestra/model'
import { joinTokens } from '@oakestra/pki'
import { INBOX_COLLECTIONS, OUTBOX_COLLECTIONS } from '@oakestra/session'
import type { PublishedPort, ResourceRequest } from '@oakestra/sla'
import type { Collection } from '@oakestra/store'
import { localFacts, orders } from './local/orders.ts'
import { localRestarts } from './local/restart-counts.ts'
import { interests } from './overlay/interests.ts'
import { nodeGatewayReports } from './overlay/node-gateway-reports.ts'

/** That an instance has a node. It stays until the node has been seen without the instance, or was given up. */
export interface Placement {
  readonly instanceId: string
  readonly nodeId: string
  readonly serviceId: string
  /** What was promised to it on that node. */
  readonly resources: ResourceRequest
  readonly ports: readonly PublishedPort[]
  /** The revision of the spec that this node was found fit for. */
  readonly revision: number
  /** Root's term of the spec it was last given. */
  readonly term: number
  readonly placedAtMs: number
  /**
   * After this long without a word from its node the instance has ended itself there, whatever else is unknown; absent
   * when it never does. Kept here, for the spec is gone when the instance is to be removed.
   */
  readonly selfEndsAfterMs?: number
  /** It ended for good: it is remembered there, and needs neither room nor ports. */
  readonly ended?: true
  readonly departure?: Departure
}

/** That an instance is on its way out of its node. Its room there, and at the target, is promised meanwhile. */
export interface Departure extends Leaving {
  readonly cause: DepartureCause
  /** Ordered by an operator who knew that the node was not there: even what is to stay for ever goes elsewhere. */
  readonly isFromAfar?: true
}

export type DepartureCause = 'operator' | 'drain' | 'removal' | 'strikes' | 'revision'

/** Where an instance has been in this cluster. There is none for one that never changed its node. */
export interface Journey {
  readonly instanceId: string
  /** Nodes it had before the present one. */
  readonly moves: number
  /** Nodes that could not run it, since it last ran well. */
  readonly inVain: readonly string[]
  /** The cluster gave up moving it. */
  readonly exhausted?: true
}

/** What a node holds, by its own word, and nobody is known to want. */
export interface UnclaimedInstance {
  readonly instanceId: string
  readonly nodeId: string
  /** Of the spec that the node holds. */
  readonly term: number
  readonly jobName: string
  readonly sinceMs: number
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
export const journeys: Collection<Journey> = { name: 'journeys', key: (journey) => journey.instanceId }
export const unclaimed: Collection<UnclaimedInstance> = {
  name: 'unclaimed',
  key: ({ instanceId }) => instanceId,
  indexes: { nodeId: ({ nodeId }) => nodeId },
}
export const nodeReports: Collection<NodeReport> = {
  name: 'node_reports',
  key: (report) => report.instanceId,
  indexes: { nodeId: (report) => report.nodeId },
}

/** Every collection of a cluster's store. */
export const CLUSTER_COLLECTIONS = [
  ...INBOX_COLLECTIONS,
  ...OUTBOX_COLLECTIONS,
  nodes,
  placements,
  journeys,
  unclaimed,
  nodeReports,
  joinTokens,
  orders,
  localFacts,
  localRestarts,
  interests,
  nodeGatewayReports,
] as const
