import { type ObservedRecords, takerOf } from '@oakestra/session'
import { clusterGatewayReportSchema, interestSchema, parseWire, reportedPeerSchema } from '@oakestra/wire'
import { clusters, services } from '../state/collections.ts'
import {
  type ClusterInterest,
  clusterInterests,
  type GatewayTrouble,
  gatewayTroubles,
  interestKey,
  type KnownPeer,
  knownPeers,
} from './overlay-records.ts'

// Ten times the nodes that one cluster has been measured with, and as many services as a root is made for.
const PEERS_PER_CLUSTER_MAX = 10_000
const INTERESTS_PER_CLUSTER_MAX = 50_000

const interestRecords: ObservedRecords<ClusterInterest> = {
  collection: clusterInterests,
  childIndex: 'clusterId',
  read(value, clusterId) {
    const { serviceId, nodeIds = [] } = parseWire(interestSchema, value, 'interest')
    return { clusterId, serviceId, nodeIds }
  },
  childOf: ({ clusterId }) => clusterId,
  keyOf: (serviceId, clusterId) => interestKey(clusterId, serviceId),
  async isGivenTo(writer, _interest, clusterId) {
    if (!(await writer.get(clusters, clusterId))) return false
    return (await writer.count(clusterInterests, { index: 'clusterId', equals: clusterId })) < INTERESTS_PER_CLUSTER_MAX
  },
}

const peerRecords: ObservedRecords<KnownPeer> = {
  collection: knownPeers,
  childIndex: 'clusterId',
  read(value, clusterId) {
    const { kind: _kind, ...peer } = parseWire(reportedPeerSchema, value, 'peer')
    return { ...peer, clusterId }
  },
  childOf: ({ clusterId }) => clusterId,
  /** Nobody speaks for another cluster's node. */
  async isGivenTo(writer, { nodeId }, clusterId) {
    const known = await writer.get(knownPeers, nodeId)
    if (known) return known.clusterId === clusterId
    if (!(await writer.get(clusters, clusterId))) return false
    return (await writer.count(knownPeers, { index: 'clusterId', equals: clusterId })) < PEERS_PER_CLUSTER_MAX
  },
}

const gatewayRecords: ObservedRecords<GatewayTrouble> = {
  collection: gatewayTroubles,
  childIndex: 'clusterId',
  read(value, clusterId) {
    const { serviceId, faults, total } = parseWire(clusterGatewayReportSchema, value, 'gateway')
    return { clusterId, serviceId, faults, total }
  },
  childOf: ({ clusterId }) => clusterId,
  keyOf: (serviceId, clusterId) => interestKey(clusterId, serviceId),
  async isGivenTo(writer, { serviceId }, clusterId) {
    if (!(await writer.get(clusters, clusterId))) return false
    return (await writer.get(services, serviceId))?.descriptor.gateway !== undefined
  },
}

/** What root does with what clusters say of the overlay. */
export const OVERLAY_TAKERS = { interest: takerOf(interestRecords), peer: takerOf(peerRecords), gateway: takerOf(gatewayRecords) }
