import type { GeoArea, NetworkCoordinates } from './geo.ts'

/** Room for one instance on one node: what the scheduler compares a request with. */
export interface Slot {
  readonly architecture: string
  /** Words a descriptor may name in `virtualization`. */
  readonly virtualizations: readonly string[]
  /**
   * Why words that are switched on do not work: a sentence each that names the node, as an example where several nodes are
   * summarised. Decides nothing.
   */
  readonly faults?: Readonly<Record<string, string>>
  /** Cores of the node: no request may exceed it. */
  readonly vcpusTotal: number
  /** Cores that may still be promised, over-commitment included. */
  readonly vcpusFree: number
  readonly memoryFreeMiB: number
  readonly vgpusFree: number
  readonly storageFreeMiB: number
  /** What a node carries that a request may ask for; absent counts as empty. Labels are `key=value`. */
  readonly labels?: readonly string[]
  readonly addons?: readonly string[]
  readonly csiDrivers?: readonly string[]
}

/** How many nodes of a cluster are in which state, each in one, and who is away: for people, and for alerts where nodes are not known. */
export interface NodeStates {
  readonly here: number
  /** Here, and kept free of new instances by an operator. */
  readonly cordoned: number
  readonly away: number
  /** Names of those that are away, sorted; with more than a message should hold only the first, so that `away` may be greater. */
  readonly awayNames: readonly string[]
}

/** What a cluster tells root about itself: enough to decide well without knowing nodes. */
export interface ClusterFacts {
  readonly name: string
  /** Free text, or `lat,lon,radius`. `reference/orchestration.md` 4.1. */
  readonly location: string
  readonly activeNodes: number
  readonly vcpusTotal: number
  readonly memoryTotalMiB: number
  readonly memoryFreeMiB: number
  readonly vgpusTotal: number
  readonly cpuPercent: number
  readonly memoryPercent: number
  readonly virtualizations: readonly string[]
  /** No slot in this list is smaller than another in every respect; a cluster whose slots cannot hold a request has no node for it. */
  readonly slots: readonly Slot[]
  /** The desired document these slots already account for. */
  readonly asOfGeneration: number
  /** Circles that together hold every node whose place is known; few, whatever the number of nodes. */
  readonly areas?: readonly GeoArea[]
  /** Where the cluster is in the space of round-trip times. */
  readonly coordinates?: NetworkCoordinates
  /** Names of its nodes, for constraints that name one; absent when there are too many to say. */
  readonly nodeNames?: readonly string[]
  /** Absent while the cluster cannot say, as just after its start: then what it said before still counts. */
  readonly nodeStates?: NodeStates
  /** Where the cluster's own API answers, as seen from outside. */
  readonly apiPort: number
}

/** A cluster as root keeps it. */
export interface Cluster {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly createdAtMs: number
  /** Last known facts; absent until the cluster first connected. */
  readonly facts?: ClusterFacts
  /** Address it connects from. */
  readonly address?: string
  readonly lastSeenAtMs?: number
  /** Set by an operator: it gets no new instances. */
  readonly cordoned?: boolean
  /** Set by an operator; `key=value`. Every node of the cluster counts as carrying them. */
  readonly labels?: readonly string[]
  /** Set when it was removed and some of its instances still wait for another place. */
  readonly removing?: boolean
}
