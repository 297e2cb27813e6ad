import type { PublishedPort } from '@oakestra/sla'

/** This node's place in the overlay. */
export interface NodePlace {
  /** Five hex digits that keep the names of this node's kernel objects apart from those of others on the same machine. */
  readonly tag: string
  readonly subnetV4: string
  readonly subnetV6: string
  /** Where packets of other nodes arrive. Absent: this node speaks to no other machine. */
  readonly tunnel?: Tunnel
}

export interface Tunnel {
  /** UDP port of the machine. */
  readonly port: number
}

/**
 * Another node that this one exchanges packets with. Where several have the same instance, the first of the list is
 * believed; what is attached here is believed before all of them.
 */
export interface Peer {
  readonly nodeId: string
  /** Where its tunnel is reached, IPv4 or IPv6. An address of this very machine: its packets need no tunnel. */
  readonly address: string
  readonly port: number
  readonly subnetV4: string
  readonly subnetV6: string
  readonly instances: readonly { readonly v4: string; readonly v6: string }[]
  /** Its packets go through the tunnel of another node, which is the one that `address` and `port` name. */
  readonly isRelayed?: boolean
  /** An address translator is on the way: it lets in only what comes from the port that it knows. */
  readonly isTranslated?: boolean
  /** Where its packets may come from, besides `address`. */
  readonly alsoFrom?: readonly string[]
  /** Another way, which is tried with packets to its gateway alone. */
  readonly trial?: TunnelWay
}

/** Where a tunnel's packets are sent to. */
export interface TunnelWay {
  /** IPv4 or IPv6. */
  readonly address: string
  /** UDP. */
  readonly port: number
}

/** From where a probe that another node sent through the tunnel arrived, as this machine saw it. Nobody vouches for it. */
export interface HeardFrom extends TunnelWay {
  /** What the probe names as its sender: the IPv4 address of a node's gateway. */
  readonly gateway: string
}

/** One local instance and its addresses: `namespace…` belong to the node's subnet, `instance…` to the instance for life. */
export interface Attachment {
  readonly instanceId: string
  readonly namespaceV4: string
  readonly namespaceV6: string
  readonly instanceV4: string
  readonly instanceV6: string
  readonly ports: readonly PublishedPort[]
  /** Absent: whoever can reach it may connect. Else only these instances, wherever they run; published ports stay open. */
  readonly admits?: readonly AdmittedClient[]
}

/** An instance that may connect to an isolated one, by its own addresses. */
export interface AdmittedClient {
  readonly v4: string
  readonly v6: string
}

/**
 * How the kernel picks a target for each new connection: one after another in exact turns, by chance in proportion to
 * their weights, or the same one for the same client address, of whom few change their target when the targets change.
 */
export type Choice = 'turns' | 'weighted' | 'sticky'

/** An instance behind a service address, here or on a peer. */
export interface Target {
  readonly v4: string
  readonly v6: string
  /** Its share where the choice is weighted, in any unit; absent, 1; 0 leaves it out unless all are 0. */
  readonly weight?: number
}

/** A service address and the instances behind it, in a stable order. Without targets, connections are refused at once. */
export interface ServiceEntry {
  readonly v4?: string
  readonly v6?: string
  /** Name of what made the list of targets; the kernel does not care, `explain` says it. */
  readonly policy: string
  /** Absent: by turns. */
  readonly choice?: Choice
  readonly targets: readonly Target[]
  /**
   * Instances that get no new connections and keep those they have: of a policy that changed its mind. Connections to
   * whoever is neither here nor among the targets any more are ended, so that clients notice.
   */
  readonly kept?: readonly Omit<Target, 'weight'>[]
}

/** A service that clients outside the overlay reach at ports of this machine, whether or not an instance of it is here. */
export interface GatewayEntry {
  readonly serviceId: string
  /** As people know it. */
  readonly name: string
  /** The service address, of either family, whose instances get the connections, by turns; both families are published. */
  readonly v4?: string
  readonly v6?: string
  readonly ports: readonly PublishedPort[]
}

/** Everything the kernel's configuration follows from. */
export interface NetworkInput {
  readonly place: NodePlace
  readonly attachments: readonly Attachment[]
  readonly services: readonly ServiceEntry[]
  readonly gateways?: readonly GatewayEntry[]
  readonly peers?: readonly Peer[]
  /**
   * A slow path runs for this node: packets to service and instance addresses that nobody here knows wait there for an
   * answer. Without one they are refused.
   */
  readonly asksForUnknown?: boolean
}

/** What one application of a configuration changed, for logs and `oak debug net`. */
export interface ApplyReport {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/** What can be learnt from a network besides keeping it right. */
export interface NetworkInsight {
  /** What happens to a packet for an address, in lines for people: by this configuration, and what the kernel lacks of it. */
  explain(input: NetworkInput, address: string): Promise<readonly string[]>
  /** By service: why the last application did not publish it, in words. */
  gatewayFaults(): ReadonlyMap<string, string>
  /**
   * How many tracked connections concern each service address and each instance of a peer, of those applied last; without
   * those that concern nobody. Counts also what is idle or ended a moment ago: whatever is missing is not in use.
   */
  activity(): Promise<ReadonlyMap<string, number>>
  /** From where probes of other nodes came in the last seconds, also those that were not let in. */
  heard(): Promise<readonly HeardFrom[]>
  /**
   * Tells at once when what {@link Network.occupiedPrefixes} gives may have changed, often without need; of routes that go with their link
   * it does not. @returns ends that. @throws OakError `unavailable`
   */
  watchRoutes(onChange: () => void): Promise<() => void>
}

/**
 * One node's share of the overlay. It is handed the whole configuration each time, may get the same one twice, adds
 * before it removes, and finds what it made earlier by looking at the kernel: a restart of the agent changes nothing.
 */
export interface Network extends AsyncDisposable, Partial<NetworkInsight> {
  /** Makes the kernel match. @throws OakError `port-in-use`, `conflict` or `unavailable`, with the object that could not be made */
  apply(input: NetworkInput, signal?: AbortSignal): Promise<ApplyReport>
  /** Where the network namespace of an instance is, once `apply` has made it. */
  netnsPath(instanceId: string): string
  /** What differs between the kernel and this configuration; empty when nothing does. */
  verify(input: NetworkInput): Promise<readonly string[]>
  /** Prefixes inside the overlay's ranges that the machine routes elsewhere. */
  occupiedPrefixes(): Promise<readonly string[]>
  /** Removes every object of this node from the kernel. */
  clear(): Promise<void>
}

/** A network that answers questions about itself, as all do that really have a plan. */
export type InsightfulNetwork = Network & NetworkInsight
