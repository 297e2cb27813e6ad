import type { PeerItem, ServiceTable } from '@oakestra/model'
import type { Attachment, NetworkInput, Peer, Tunnel } from '@oakestra/net'
import { settleAddressClaims } from '../address-claims.ts'
import { gatewayOf } from '../namespace-addresses.ts'
import type { NetworkMember, NetworkView } from '../network-view.ts'
import { type Preferences, planServices } from './plan-services.ts'
import { type PeerStanding, serviceViews } from './service-views.ts'

/** What a node knows of the rest of the overlay. */
export interface OverlayKnowledge {
  readonly nodeId: string
  readonly tables: readonly ServiceTable[]
  readonly peers: readonly PeerItem[]
  readonly standingOf: (nodeId: string) => PeerStanding | undefined
  readonly preferences: Preferences
  /** True when round trips were measured since the last time. */
  readonly isRound: boolean
  /** Absent: this node speaks to no other machine. */
  readonly tunnel?: Tunnel
  readonly asksForUnknown: boolean
}

export interface PlannedOverlay {
  readonly input: NetworkInput
  readonly preferences: Preferences
  /** Instances that cannot have their addresses, each with the reason. */
  readonly refused: ReadonlyMap<string, string>
}

/** Turns what is known of own instances, tables and peers into what the kernel shall look like. Pure. */
export function planOverlay(tag: string, { place, members: all }: NetworkView, knowledge: OverlayKnowledge): PlannedOverlay {
  const { accepted, refused } = settleAddressClaims(all)
  const members = accepted.toSorted((a, b) => (a.local.id < b.local.id ? -1 : 1))
  const { nodeId: ownNodeId, tables, standingOf, tunnel, asksForUnknown } = knowledge
  const peers = ownerFirst(knowledge.peers, tables).filter((peer) => peer.nodeId !== ownNodeId)
  const views = serviceViews({ ownNodeId, members, tables, nodeOf: nodeOfInstances(peers), standingOf })
  const attachments = members.filter(({ local }) => local.attached).map(attachmentOf)
  const taken = new Set([gatewayOf(place.subnetV4), gatewayOf(place.subnetV6), ...attachments.flatMap(addressesOf)])
  const { entries, preferences } = planServices(views, { taken, before: knowledge.preferences, isRound: knowledge.isRound })
  const input: NetworkInput = {
    place: { tag, ...place, ...(tunnel && peers.length > 0 && { tunnel }) },
    attachments,
    services: entries,
    ...(peers.length > 0 && { peers }),
    ...(asksForUnknown && { asksForUnknown }),
  }
  return { input, preferences, refused }
}

function attachmentOf({ local }: NetworkMember): Attachment {
  return {
    instanceId: local.id,
    namespaceV4: local.namespaceV4,
    namespaceV6: local.namespaceV6,
    instanceV4: local.spec.addresses.v4,
    instanceV6: local.spec.addresses.v6,
    ports: local.spec.ports,
  }
}

function addressesOf({ namespaceV4, namespaceV6, instanceV4, instanceV6 }: Attachment): readonly string[] {
  return [namespaceV4, namespaceV6, instanceV4, instanceV6]
}

/**
 * The peers in a stable order. Each learns of a move at another moment, so two may have the same instance for a while: it
 * is told only of the one that the service's table names.
 */
function ownerFirst(items: readonly PeerItem[], tables: readonly ServiceTable[]): readonly Peer[] {
  const there = new Set(items.flatMap(({ nodeId, instances }) => instances.map(({ v4 }) => `${nodeId} ${v4}`)))
  const owners = new Map<string, { readonly nodeId: string; readonly term: number }>()
  for (const { instances } of tables) {
    for (const { v4, nodeId, term } of instances) {
      if (there.has(`${nodeId} ${v4}`) && (owners.get(v4)?.term ?? -1) < term) owners.set(v4, { nodeId, term })
    }
  }
  return items
    .toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1))
    .map(({ nodeId, subnetV4, subnetV6, endpoint, instances }) => ({
      nodeId,
      ...endpoint,
      subnetV4,
      subnetV6,
      instances: instances.filter(({ v4 }) => (owners.get(v4)?.nodeId ?? nodeId) === nodeId),
    }))
}

function nodeOfInstances(peers: readonly Peer[]): ReadonlyMap<string, string> {
  const nodeOf = new Map<string, string>()
  for (const { nodeId, instances } of peers) for (const { v4 } of instances) if (!nodeOf.has(v4)) nodeOf.set(v4, nodeId)
  return nodeOf
}
