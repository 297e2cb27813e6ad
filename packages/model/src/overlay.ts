import type { InstanceAddresses, ServiceAddress } from './instance.ts'

/*
 * What nodes are told of each other's instances, and what they say they want to know. Decision 11: tables and peers are items of
 * desired documents, interests are observed state; all of them are complete at connect and repeated until they agree.
 */

/** The parts of a service's name, as names of the overlay are made from them. */
export interface ServiceName {
  readonly service: string
  readonly namespace: string
  readonly application: string
  readonly applicationNamespace: string
}

/** One live instance of a service, on whichever node of whichever cluster. */
export interface TableInstance extends InstanceAddresses {
  readonly instanceId: string
  readonly number: number
  readonly nodeId: string
  /** It runs and, where that is asked, works, and its node is not given up. */
  readonly ready: boolean
  /** As its own cluster counts: of two copies on the nodes of one cluster the higher one is meant. */
  readonly term: number
  /** How busy it is, 0 to 100 in coarse steps; absent when nobody said. */
  readonly load?: number
}

/** What a node knows of one service: item `table.<serviceId>` of kind `table`. */
export interface ServiceTable {
  readonly serviceId: string
  readonly applicationId: string
  readonly name: ServiceName
  readonly addresses: readonly ServiceAddress[]
  /** Those that run, in the order of their numbers; those of the node that reads it among them. */
  readonly instances: readonly TableInstance[]
}

/** A table as root tells it to a cluster: without the instances that the cluster has itself, for it knows them better. */
export interface ClusterTable extends ServiceTable {
  /** Every node with an instance of the application is to know it, asked for or not. */
  readonly prefetch?: true
}

/** Where the tunnel of a node is reached. */
export interface TunnelEndpoint {
  /** IPv4 or IPv6, canonical text. */
  readonly address: string
  /** UDP. */
  readonly port: number
  /** An address translator is before it: only what comes from the port that it sends to is let in. */
  readonly translated?: true
}

/** What a node says of its own tunnel, among its facts. */
export interface TunnelFacts {
  readonly port: number
  /** Absent: others use the address that its cluster sees it connect from. */
  readonly address?: string
  /** Public key of its tunnel, where that has one. */
  readonly key?: string
  /** Nodes that it exchanges packets with and does not reach without another. */
  readonly unreached?: readonly string[]
}

/** An instance on another node. */
export interface PeerInstance extends InstanceAddresses {
  /** Whose it is, for those who admit some services only. Absent: nobody said. */
  readonly serviceId?: string
}

/**
 * Another node that a node exchanges packets with: item `peer.<nodeId>` of kind `peer`. Both ends are told, for replies go to the
 * addresses of instances.
 */
export interface PeerItem {
  readonly nodeId: string
  /** CIDR. */
  readonly subnetV4: string
  readonly subnetV6: string
  readonly endpoint: TunnelEndpoint
  /** Every instance that has its place there, whether or not it runs yet: its route is there before its first packet. */
  readonly instances: readonly PeerInstance[]
  readonly key?: string
}

/** Observed under the id `interest.<serviceId>`: somebody wants to know the table of this service. */
export interface Interest {
  readonly kind: 'interest'
  readonly serviceId: string
  /** Which nodes, as a cluster says to root; a node that speaks for itself leaves it out. */
  readonly nodeIds?: readonly string[]
}

/** Observed by root under the id `peer.<nodeId>`: a node of the cluster that nodes of others may have to reach. */
export interface ReportedPeer extends Omit<PeerItem, 'instances'> {
  readonly kind: 'peer'
  /** How busy it is, as in `TableInstance`; said only while it has instances that are chosen by load. */
  readonly load?: number
}

/**
 * Item `interest.<serviceId>` of kind `interest` in a cluster's document: the nodes of other clusters that know the table of a
 * service of which this cluster has instances, so that the nodes of those instances are told of them as peers.
 */
export interface ForeignInterest {
  readonly serviceId: string
  readonly nodeIds: readonly string[]
}
