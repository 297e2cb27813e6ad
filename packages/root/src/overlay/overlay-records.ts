import type { ClusterGatewayReport, ReportedPeer } from '@oakestra/model'
import type { Collection, Writer } from '@oakestra/store'

/** Which nodes of a cluster want to know a service, by the cluster's word. */
export interface ClusterInterest {
  readonly clusterId: string
  readonly serviceId: string
  readonly nodeIds: readonly string[]
}

/** Where a node of a cluster is reached, by the cluster's word. */
export interface KnownPeer extends Omit<ReportedPeer, 'kind'> {
  readonly clusterId: string
}

/** Which nodes of a cluster do not publish a service that they were told to, by the cluster's word. None where all do. */
export interface GatewayTrouble extends Omit<ClusterGatewayReport, 'kind'> {
  readonly clusterId: string
}

export const interestKey = (clusterId: string, serviceId: string) => `${clusterId} ${serviceId}`

export const clusterInterests: Collection<ClusterInterest> = {
  name: 'cluster_interests',
  key: ({ clusterId, serviceId }) => interestKey(clusterId, serviceId),
  indexes: { clusterId: ({ clusterId }) => clusterId },
}

export const knownPeers: Collection<KnownPeer> = {
  name: 'peers',
  key: ({ nodeId }) => nodeId,
  indexes: { clusterId: ({ clusterId }) => clusterId },
}

export const gatewayTroubles: Collection<GatewayTrouble> = {
  name: 'gateway_troubles',
  key: ({ clusterId, serviceId }) => interestKey(clusterId, serviceId),
  indexes: { clusterId: ({ clusterId }) => clusterId, serviceId: ({ serviceId }) => serviceId },
}

/** Forgets what a cluster said that is removed. */
export async function forgetOverlayOf(writer: Writer, clusterId: string): Promise<void> {
  const query = { index: 'clusterId', equals: clusterId }
  for (const interest of await writer.list(clusterInterests, query)) await writer.remove(clusterInterests, clusterInterests.key(interest))
  for (const { nodeId } of await writer.list(knownPeers, query)) await writer.remove(knownPeers, nodeId)
  for (const trouble of await writer.list(gatewayTroubles, query)) await writer.remove(gatewayTroubles, gatewayTroubles.key(trouble))
}
