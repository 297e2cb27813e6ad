import type { GeoArea, GeoPoint, InstanceSpec, NetworkCoordinates, Rejection, Slot } from '@oakestra/model'

/** A placement rule of the descriptor. */
export type Constraint = InstanceSpec['constraints'][number]
/** What an instance asks for. Zero means no demand. */
export type ResourceRequest = InstanceSpec['resources']
export type PublishedPort = InstanceSpec['ports'][number]

/** What shall be placed, and at which of the two tiers: root chooses a cluster, a cluster chooses a node. */
export interface PlacementRequest
  extends Pick<InstanceSpec, 'virtualization' | 'architectures' | 'resources' | 'constraints'>,
    Partial<Pick<InstanceSpec, 'instanceId' | 'jobName'>>,
    Proximity {
  readonly tier: 'root' | 'cluster'
  readonly ports?: readonly PublishedPort[]
  /** The drivers of these must be on the node. */
  readonly volumes?: readonly Pick<InstanceSpec['volumes'][number], 'csiDriver'>[]
  /** Candidates that shall not be chosen, by id, each with the reason: "could not run it three times". */
  readonly avoid?: ReadonlyMap<string, string>
  /**
   * Where to begin among candidates of equal score, so that equal ones take turns. Without it the smallest
   * id wins, whatever the order of the candidates.
   */
  readonly seed?: number
}

/** What the names stand for that `geo` and `latency` constraints may use. Keys are matched exactly. */
export interface Proximity {
  /** Places that the operator gave a name. */
  readonly knownAreas?: Readonly<Record<string, GeoPoint>>
  /**
   * Where the instances of services are, by the job name or the name of the service: near a service is near any of its
   * instances. An empty list is a service of which no instance has a known place yet.
   */
  readonly serviceAreas?: Readonly<Record<string, readonly GeoArea[]>>
  /** The same in the space of round-trip times. */
  readonly serviceCoordinates?: Readonly<Record<string, readonly NetworkCoordinates[]>>
}

/** A cluster with a slot for each kind of room it has, or a node with the one slot it is. */
export interface Candidate {
  readonly id: string
  readonly name: string
  /** True when it is connected and may be given work. */
  readonly active: boolean
  /** Set by an operator: it gets no new instances. */
  readonly cordoned?: boolean
  readonly slots: readonly Slot[]
  /** Host ports that are taken on this node. A cluster leaves it out: another of its nodes may have the port free. */
  readonly usedPorts?: readonly Pick<PublishedPort, 'hostPort' | 'protocol'>[]
  /** Carried by all of its slots, beside their own; `key=value`. */
  readonly labels?: readonly string[]
  /** Where it is: a node's location with radius 0, or circles that hold the nodes of a cluster. Absent or empty: it does not say. */
  readonly areas?: readonly GeoArea[]
  /** Where it is in the space of round-trip times. */
  readonly coordinates?: NetworkCoordinates
  /** Names of a cluster's nodes; absent when it does not tell. */
  readonly nodeNames?: readonly string[]
  /** Instances of the same service that are here already; for policies that keep them apart. */
  readonly peers?: number
}

export interface PlaceOptions {
  /**
   * The id of a candidate that somebody else chose, an operator or an external scheduler: it is taken when it passes
   * every filter. Otherwise the notes say why not, and the policy chooses.
   */
  readonly preferredId?: string
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

/** Notes name what the user asked for and nobody looked at, and why a preferred candidate was not taken. */
export type PlacementResult = Placement | Rejected
