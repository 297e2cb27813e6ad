import { OakError } from '@oakestra/base'
import type { Attachment, GatewayEntry, NetworkInput, NodePlace, ServiceEntry } from '../network.ts'
import { canonicalAddress, gatewayOf, parsePrefix } from './addresses.ts'
import { NETWORK_LIMITS } from './constants.ts'
import { bridgeName, checkTag, portName, routingTable } from './names.ts'
import { settlePeers } from './peers.ts'
import { type Frame, type Gate, perFrame } from './plan-context.ts'
import { checkAdmitted } from './plan-isolation.ts'
import { tunnelLinkOf } from './plan-tunnel.ts'

/** What of the machine itself the plan depends on. */
export interface MachineFacts {
  /** Its own addresses. A peer at one of them lives on this machine. */
  readonly addresses: readonly string[]
}

/** Finds a service, in canonical text, by an address of it, which is canonical as well. */
export type ServiceLookup = (address: string) => ServiceEntry | undefined

/** @throws OakError `bad-request` for text that is no address, `conflict` for a node that is there twice, `limit-exceeded` */
export function frameOf(
  { place, attachments, gateways: entries = [], peers = [], asksForUnknown = false }: NetworkInput,
  machine: MachineFacts,
  serviceAt: ServiceLookup,
): Frame {
  checkLimits(attachments, entries)
  checkAdmitted(attachments)
  const tag = checkTag(place.tag)
  const subnet = subnetOf(place)
  const members = attachments.map(canonicalAttachment)
  const settled = settlePeers(peers, { subnet, attachments: members, machine: machine.addresses })
  // A UDP port of the machine is taken only where there is somebody to speak to.
  const hasDistant = settled.some(({ isNearby }) => !isNearby)
  const gateways = entries.map(canonicalGateway).toSorted((a, b) => (a.serviceId < b.serviceId ? -1 : 1))
  return {
    tag,
    bridge: bridgeName(tag),
    table: routingTable(tag),
    subnet,
    gateway: { v4: gatewayOf(subnet.v4), v6: gatewayOf(subnet.v6) },
    attachments: members.toSorted((a, b) => (a.instanceId < b.instanceId ? -1 : 1)),
    ...(place.tunnel && hasDistant && { tunnel: tunnelLinkOf(tag, place.tunnel) }),
    gateways,
    gates: gateways.flatMap((gateway) => gatesOf(gateway, serviceAt)),
    asksForUnknown,
    peers: settled,
  }
}

/**
 * Whose the addresses and names of a frame are, in words: two owners of one would take each other's traffic in turns.
 * @throws OakError `conflict`
 */
export const ownersIn = perFrame(({ tag, gateway, attachments }): ReadonlyMap<string, string> => {
  const owners = new Map<string, string>([
    [gateway.v4, 'the gateway'],
    [gateway.v6, 'the gateway'],
  ])
  for (const { instanceId, namespaceV4, namespaceV6, instanceV4, instanceV6 } of attachments) {
    for (const what of [portName(tag, instanceId), namespaceV4, namespaceV6, instanceV4, instanceV6]) {
      claim(owners, what, `instance ${instanceId}`)
    }
  }
  return owners
})

/** @throws OakError `conflict` */
export function claim(owners: Map<string, string>, what: string, owner: string): void {
  const other = owners.get(what)
  if (other !== undefined) throw new OakError('conflict', `${what} is claimed by ${other} and by ${owner}`, { details: { what } })
  owners.set(what, owner)
}

/** Each count of something, what it is called, and how many there may be. @throws OakError `limit-exceeded` */
export function checkCounts(counts: readonly (readonly [string, number, number])[]): void {
  for (const [what, count, max] of counts) {
    if (count > max) throw new OakError('limit-exceeded', `${count} ${what} are more than the ${max} the network can hold`)
  }
}

function checkLimits(attachments: readonly Attachment[], gateways: readonly GatewayEntry[]): void {
  checkCounts([
    ['instances on one node', attachments.length, NETWORK_LIMITS.attachments],
    ['published ports of services', gateways.reduce((sum, { ports }) => sum + ports.length, 0), NETWORK_LIMITS.gates],
    ['published ports of one instance', Math.max(0, ...attachments.map(({ ports }) => ports.length)), NETWORK_LIMITS.ports],
  ])
}

function subnetOf(place: NodePlace): Frame['subnet'] {
  return { v4: parsePrefix(place.subnetV4, 'v4'), v6: parsePrefix(place.subnetV6, 'v6') }
}

function canonicalAttachment(attachment: Attachment): Attachment {
  return {
    ...attachment,
    namespaceV4: canonicalAddress(attachment.namespaceV4, 'v4'),
    namespaceV6: canonicalAddress(attachment.namespaceV6, 'v6'),
    instanceV4: canonicalAddress(attachment.instanceV4, 'v4'),
    instanceV6: canonicalAddress(attachment.instanceV6, 'v6'),
  }
}

function canonicalGateway({ v4, v6, ...gateway }: GatewayEntry): GatewayEntry {
  return {
    ...gateway,
    ...(v4 !== undefined && { v4: canonicalAddress(v4, 'v4') }),
    ...(v6 !== undefined && { v6: canonicalAddress(v6, 'v6') }),
  }
}

function gatesOf({ v4, v6, ports }: GatewayEntry, serviceAt: ServiceLookup): readonly Gate[] {
  const address = v4 ?? v6
  const service = address === undefined ? undefined : serviceAt(address)
  if (!service || service.targets.length === 0) return []
  return ports.map((port) => ({ ...port, service }))
}
