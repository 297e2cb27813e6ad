import type { PeerItem, ServiceTable, TableInstance } from '@oakestra/model'
import type { Attachment, NetworkInput, Tunnel } from '@oakestra/net'
import { settleAddressClaims } from '../address-claims.ts'
import { gatewayOf } from '../namespace-addresses.ts'
import type { NetworkMember, NetworkView } from '../network-view.ts'
import { AdmissionMemory, planAdmissions } from './admissions.ts'
import type { PeerPath } from './path.ts'
import { PeerMemory } from './plan-peers.ts'
import type { Preferences } from './plan-services.ts'
import { ServicePlans } from './service-plans.ts'
import type { PeerStanding } from './service-views.ts'

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
  readonly services = new ServicePlans()
  readonly admissions = new AdmissionMemory()
  readonly peers = new PeerMemory()
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
  const { nodeId: ownNodeId, tables, standingOf, isLeaving, endingOf, tunnel, asksForUnknown, pathOf } = knowledge
  const { peers, nodeOf, moved } = memory.peers.plan(knowledge.peers, ownNodeId, tables, pathOf)
  const { clients, faults: crowded } = planAdmissions(members, knowledge.peers, memory.admissions)
  const attachments = members.filter(({ local }) => local.attached).map((each) => attachmentOf(each, clients.get(each.local.id)))
  const taken = new Set([gatewayOf(place.subnetV4), gatewayOf(place.subnetV6), ...attachments.flatMap(addressesOf)])
  const { entries, preferences } = memory.services.plan({
    surroundings: { ownNodeId, nodeOf, standingOf, ...(isLeaving && { isLeaving }), ...(endingOf && { endingOf }) },
    members,
    tables,
    taken,
    preferences: knowledge.preferences,
    isRound: knowledge.isRound,
    standingVersion: knowledge.standingVersion,
    moved,
  })
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
