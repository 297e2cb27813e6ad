import type { PeerItem, ServiceTable, TableInstance } from '@oakestra/model'
import type { Attachment, NetworkInput, Peer, Tunnel } from '@oakestra/net'
import { settleAddressClaims } from '../address-claims.ts'
import { gatewayOf } from '../namespace-addresses.ts'
import type { NetworkMember, NetworkView } from '../network-view.ts'
import { AdmissionMemory, planAdmissions } from './admissions.ts'
import type { PeerPath } from './path.ts'
import { type KnownPlans, type Preferences, planServices } from './plan-services.ts'
import { type KnownViews, type PeerStanding, serviceViews } from './service-views.ts'

/** What a node knows of the rest of the overlay. */
export interface OverlayKnowledge {
  readonly nodeId: string
  readonly tables: readonly ServiceTable[]
  readonly peers: readonly PeerItem[]
  readonly standingOf: (nodeId: string) => PeerStanding | undefined
  /** An instance (IPv4 address) of a peer that is about to end, as the peer itself says. */
  readonly isLeaving?: (nodeId: string, v4: string) => boolean
  /** Those of a service, also when its table does not name them any more. */
  readonly endingOf?: (serviceId: string) => readonly TableInstance[]
  /** The way to a node, where it is not as the control plane says. */
  readonly pathOf?: (nodeId: string) => PeerPath | undefined
  readonly preferences: Preferences
  /** True when round trips were measured since the last time. */
  readonly isRound: boolean
  /** Rises when a peer is lost or back, or says that an instance is, and with each round. */
  readonly standingVersion: number
  /** Absent: this node speaks to no other machine. */
  readonly tunnel?: Tunnel
  readonly asksForUnknown: boolean
}

export interface PlannedOverlay {
  readonly input: NetworkInput
  readonly preferences: Preferences
  /** Instances that cannot have their addresses, each with the reason. */
  readonly refused: ReadonlyMap<string, string>
  /** Isolated instances that cannot admit everybody they should, each with the reason. */
  readonly crowded: ReadonlyMap<string, string>
}

/** What was worked out the last time, for what did not change since. */
export class PlanMemory {
  readonly views: KnownViews = new WeakMap()
  readonly plans: KnownPlans = new WeakMap()
  readonly admissions = new AdmissionMemory()
  #measured: { readonly peers: unknown; readonly version: number } = { peers: undefined, version: -1 }

  /** The same object for the same peers in the same standing. */
  measured(peers: unknown, version: number): object {
    if (this.#measured.peers !== peers || this.#measured.version !== version) this.#measured = { peers, version }
    return this.#measured
  }
}

/** Turns what is known of own instances, tables and peers into what the kernel shall look like. Pure, but for a memory that saves work. */
export function planOverlay(
  tag: string,
  { place, members: all }: NetworkView,
  knowledge: OverlayKnowledge,
  memory: PlanMemory = new PlanMemory(),
): PlannedOverlay {
  const { accepted, refused } = settleAddressClaims(all)
  const members = accepted.toSorted((a, b) => (a.local.id < b.local.id ? -1 : 1))
  const { nodeId: ownNodeId, tables, standingOf, isLeaving, endingOf, tunnel, asksForUnknown, pathOf = () => undefined } = knowledge
  const { peers: settled, nodeOf } = plannedPeers(knowledge.peers, ownNodeId, tables)
  const peers = settled.map((peer) => onPath(peer, pathOf(peer.nodeId)))
  const measured = memory.measured(nodeOf, knowledge.standingVersion)
  const views = serviceViews(
    { ownNodeId, members, tables, nodeOf, measured, standingOf, ...(isLeaving && { isLeaving }), ...(endingOf && { endingOf }) },
    memory.views,
  )
  const { clients, faults: crowded } = planAdmissions(members, knowledge.peers, memory.admissions)
  const attachments = members.filter(({ local }) => local.attached).map((each) => attachmentOf(each, clients.get(each.local.id)))
  const taken = new Set([gatewayOf(place.subnetV4), gatewayOf(place.subnetV6), ...attachments.flatMap(addressesOf)])
  const { entries, preferences } = planServices(views, { taken, before: knowledge.preferences, isRound: knowledge.isRound }, memory.plans)
  const input: NetworkInput = {
    place: { tag, ...place, ...(tunnel && peers.length > 0 && { tunnel }) },
    attachments,
    services: entries,
    ...(peers.length > 0 && { peers }),
    ...(asksForUnknown && { asksForUnknown }),
  }
  return { input, preferences, refused, crowded }
}

function attachmentOf({ local }: NetworkMember, admits: Attachment['admits']): Attachment {
  return {
    instanceId: local.id,
    namespaceV4: local.namespaceV4,
    namespaceV6: local.namespaceV6,
    instanceV4: local.spec.addresses.v4,
    instanceV6: local.spec.addresses.v6,
    ports: local.spec.ports,
    ...(admits && { admits }),
  }
}

function addressesOf({ namespaceV4, namespaceV6, instanceV4, instanceV6 }: Attachment): readonly string[] {
  return [namespaceV4, namespaceV6, instanceV4, instanceV6]
}

interface PlannedPeers {
  readonly peers: readonly Peer[]
  /** The other node behind an instance address (IPv4). */
  readonly nodeOf: ReadonlyMap<string, string>
}

/** Made once for the same list, which is most times the same as before, while nobody claims what another has. */
const settledPeers = new WeakMap<readonly PeerItem[], PlannedPeers>()

/**
 * The peers in a stable order. Each learns of a move at another moment, so two may have the same instance for a while: it
 * is told only of the one that the service's table names.
 */
function plannedPeers(items: readonly PeerItem[], ownNodeId: string, tables: readonly ServiceTable[]): PlannedPeers {
  const before = settledPeers.get(items)
  if (before) return before
  const others = items.filter(({ nodeId }) => nodeId !== ownNodeId).toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
  const claims = claimsOf(others)
  const contested = [...claims].filter(([, nodeIds]) => nodeIds.length > 1)
  const owners = contested.length > 0 ? ownersOf(new Map(contested), tables) : new Map<string, string>()
  const peers = others.map(({ nodeId, subnetV4, subnetV6, endpoint, instances }) => {
    const own = owners.size > 0 ? instances.filter(({ v4 }) => (owners.get(v4) ?? nodeId) === nodeId) : instances
    const { translated, ...where } = endpoint
    return { nodeId, ...where, subnetV4, subnetV6, instances: own, ...(translated && { isTranslated: true }) }
  })
  const nodeOf = new Map([...claims].map(([v4, [first = '']]) => [v4, owners.get(v4) ?? first]))
  if (contested.length === 0) settledPeers.set(items, { peers, nodeOf })
  return { peers, nodeOf }
}

/** The peer as it is reached now. Its packets may still come from where it is said to be. */
function onPath(peer: Peer, path: PeerPath | undefined): Peer {
  if (!path) return peer
  const { current, trial } = path
  return {
    ...peer,
    address: current.address,
    port: current.port,
    alsoFrom: [peer.address],
    ...(current.kind === 'relay' && { isRelayed: true }),
    ...(current.kind === 'seen' && { isTranslated: true }),
    ...(trial && { trial: { address: trial.address, port: trial.port } }),
  }
}

function claimsOf(items: readonly PeerItem[]): Map<string, string[]> {
  const claims = new Map<string, string[]>()
  for (const { nodeId, instances } of items) {
    for (const { v4 } of instances) {
      const others = claims.get(v4)
      if (others) others.push(nodeId)
      else claims.set(v4, [nodeId])
    }
  }
  return claims
}

/** Of those that claim an instance, the one that has its newest copy. */
function ownersOf(contested: ReadonlyMap<string, readonly string[]>, tables: readonly ServiceTable[]): Map<string, string> {
  const newest = new Map<string, { readonly nodeId: string; readonly term: number }>()
  for (const { instances } of tables) {
    for (const { v4, nodeId, term } of instances) {
      if (contested.get(v4)?.includes(nodeId) && (newest.get(v4)?.term ?? -1) < term) newest.set(v4, { nodeId, term })
    }
  }
  return new Map([...newest].map(([v4, { nodeId }]) => [v4, nodeId]))
}
