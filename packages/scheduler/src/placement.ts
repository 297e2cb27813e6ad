import type { InstanceSpec, Rejection, Slot } from '@oakestra/model'

/** A placement rule of the descriptor. */
export type Constraint = InstanceSpec['constraints'][number]
/** What an instance asks for. Zero means no demand. */
export type ResourceRequest = InstanceSpec['resources']
export type PublishedPort = InstanceSpec['ports'][number]

/** What shall be placed, and at which of the two tiers: root chooses a cluster, a cluster chooses a node. */
export interface PlacementRequest extends Pick<InstanceSpec, 'virtualization' | 'architectures' | 'resources' | 'constraints'> {
  readonly tier: 'root' | 'cluster'
  readonly ports?: readonly PublishedPort[]
  /**
   * Where to begin among candidates of equal score, so that equal ones take turns. Without it the smallest
   * id wins, whatever the order of the candidates.
   */
  readonly seed?: number
}

/** A cluster with a slot for each kind of room it has, or a node with the one slot it is. */
export interface Candidate {
  readonly id: string
  readonly name: string
  /** True when it is connected and may be given work. */
  readonly active: boolean
  readonly slots: readonly Slot[]
  /** Host ports that are taken on this node. A cluster leaves it out: another of its nodes may have the port free. */
  readonly usedPorts?: readonly Pick<PublishedPort, 'hostPort' | 'protocol'>[]
  /** Instances of the same service that are here already; for policies that keep them apart. */
  readonly peers?: number
}

export interface Placement {
  readonly ok: true
  readonly candidateId: string
  /** Which of its slots took the request: reserve it there before placing the next one. */
  readonly slotIndex: number
  /** Comparable only within one call. */
  readonly score: number
  readonly considered: number
  /** How many of them could have taken it. */
  readonly fitting: number
  readonly notes: readonly string[]
}

export interface Rejected {
  readonly ok: false
  readonly rejection: Rejection
  readonly notes: readonly string[]
}

/** Notes name what the user asked for and nobody looked at. */
export type PlacementResult = Placement | Rejected
