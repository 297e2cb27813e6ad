import type { TunnelLink } from '../plan/kernel-config.ts'
import { KernelError } from './libc.ts'
import { attribute, decodeAttributes, type NetlinkMessage, nested, readText, readU32, text, u8, u32 } from './netlink-message.ts'
import type { NetlinkSocket } from './netlink-socket.ts'

const RTM_NEWLINK = 16
const RTM_DELLINK = 17
const RTM_GETLINK = 18
const NLM_F_EXCL_CREATE = 0x600
const IFINFO_BYTES = 16
const IFF_UP = 1
const IFLA = { address: 1, name: 3, mtu: 4, peer: 5, master: 10, info: 18, group: 27, netnsFd: 28 } as const
const INFO = { kind: 1, data: 2, slaveKind: 4, slaveData: 5 } as const
const BRIDGE_MULTICAST_SNOOPING = 23
const BRIDGE_PORT_HAIRPIN = 4
const VETH_PEER = 1
/** linux/if_link.h IFLA_VXLAN_* */
const VXLAN = { learning: 7, port: 15, zeroChecksumV6: 20, external: 25, gpe: 27 } as const

/** A network interface as the kernel lists it. */
export interface Link {
  readonly index: number
  readonly name: string
  readonly isUp: boolean
  readonly mtu: number
  readonly mac: string
  /** Index of the bridge it is a port of; 0 when of none. */
  readonly master: number
  /** For a veth: the other end's index in its own namespace. */
  readonly peerIndex: number | undefined
  readonly isHairpin: boolean
  /** Of a VXLAN link. */
  readonly tunnelPort: number | undefined
}

export interface LinkChange {
  readonly isUp?: boolean
  readonly mtu?: number
  readonly mac?: string
  readonly master?: number
  /** Lets a bridge send a frame back out of the port it came from: needed when an instance is the target of its own call. */
  readonly isHairpin?: true
}

export function listLinks(socket: NetlinkSocket): readonly Link[] {
  return socket.dump('cannot list links', RTM_GETLINK, linkHeader(0)).map(decodeLink)
}

/** Undefined when there is no link of that name. */
export function findLink(socket: NetlinkSocket, name: string): Link | undefined {
  try {
    return decodeLink(
      socket.get(`cannot look at the link ${name}`, RTM_GETLINK, Buffer.concat([linkHeader(0), attribute(IFLA.name, text(name))])),
    )
  } catch (thrown) {
    if (thrown instanceof KernelError && thrown.is('ENODEV')) return undefined
    throw thrown
  }
}

export function addBridge(socket: NetlinkSocket, name: string, mac: string, mtu: number): void {
  // Without a querier, a bridge that snoops on multicast may lose neighbour discovery.
  const data = nested(INFO.data, attribute(BRIDGE_MULTICAST_SNOOPING, u8(0)))
  const body = [linkHeader(0, true), ...linkAttributes(name, mac, mtu), nested(IFLA.info, attribute(INFO.kind, text('bridge')), data)]
  socket.request(`cannot make the bridge ${name}`, RTM_NEWLINK, NLM_F_EXCL_CREATE, Buffer.concat(body))
}

/**
 * Makes a VXLAN-GPE link whose packets are wrapped for whom each route says (`reference/lab.md` 5, mode c). Over IPv6 the
 * wrapping has no checksum, as the kernel sends it: what is inside has its own.
 */
export function addTunnel(socket: NetlinkSocket, { name, port, mtu }: TunnelLink): void {
  const portBytes = Buffer.alloc(2)
  portBytes.writeUInt16BE(port)
  const data = nested(
    INFO.data,
    attribute(VXLAN.learning, u8(0)),
    attribute(VXLAN.port, portBytes),
    attribute(VXLAN.zeroChecksumV6, u8(1)),
    attribute(VXLAN.external, u8(1)),
    attribute(VXLAN.gpe, Buffer.alloc(0)),
  )
  const own = [linkHeader(0), attribute(IFLA.name, text(name)), attribute(IFLA.mtu, u32(mtu))]
  const body = [...own, nested(IFLA.info, attribute(INFO.kind, text('vxlan')), data)]
  socket.request(`cannot make the tunnel ${name} on UDP port ${port}`, RTM_NEWLINK, NLM_F_EXCL_CREATE, Buffer.concat(body))
}

/** Makes a pair of links: `name` here, `peer` in the namespace behind the file descriptor. */
export function addPair(
  socket: NetlinkSocket,
  name: string,
  { mtu, master, peer }: { mtu: number; master: number; peer: { name: string; mac: string; netnsFd: number } },
): void {
  const peerBody = [linkHeader(0), ...linkAttributes(peer.name, peer.mac, mtu), attribute(IFLA.netnsFd, u32(peer.netnsFd))]
  const info = nested(IFLA.info, attribute(INFO.kind, text('veth')), nested(INFO.data, nested(VETH_PEER, ...peerBody)))
  const own = [linkHeader(0, true), attribute(IFLA.name, text(name)), attribute(IFLA.mtu, u32(mtu)), attribute(IFLA.master, u32(master))]
  socket.request(`cannot make the link ${name}`, RTM_NEWLINK, NLM_F_EXCL_CREATE, Buffer.concat([...own, info]))
}

export function changeLink(socket: NetlinkSocket, index: number, { isUp, mtu, mac, master, isHairpin }: LinkChange): void {
  const body = [
    linkHeader(index, isUp),
    ...(mtu === undefined ? [] : [attribute(IFLA.mtu, u32(mtu))]),
    ...(mac === undefined ? [] : [attribute(IFLA.address, bytesOfMac(mac))]),
    ...(master === undefined ? [] : [attribute(IFLA.master, u32(master))]),
  ]
  socket.request(`cannot change link ${index}`, RTM_NEWLINK, 0, Buffer.concat(body))
  // Only a link that is a port already takes the settings of a port.
  if (isHairpin) setHairpin(socket, index)
}

/** Removes a link of the namespace that the caller is in, stopping the thread. @throws KernelError ENODEV */
export function removeLink(socket: NetlinkSocket, name: string): void {
  socket.request(`cannot remove the link ${name}`, RTM_DELLINK, 0, Buffer.concat([linkHeader(0), attribute(IFLA.name, text(name))]))
}

/**
 * Removes links in one go: the kernel waits tens of milliseconds for its readers, once per order and not per link.
 * `group` is a number that no other link of the machine has.
 */
export async function removeLinks(socket: NetlinkSocket, names: readonly string[], group: number): Promise<void> {
  const links = names.flatMap((name) => findLink(socket, name) ?? [])
  if (links.length === 0) return
  const member = attribute(IFLA.group, u32(group))
  for (const { index, name } of links) {
    socket.request(`cannot mark the link ${name}`, RTM_NEWLINK, 0, Buffer.concat([linkHeader(index), member]))
  }
  const what = `cannot remove the links ${links.map(({ name }) => name).join(', ')}`
  await socket.requestLater(what, RTM_DELLINK, 0, Buffer.concat([linkHeader(0), member]))
}

function setHairpin(socket: NetlinkSocket, index: number): void {
  const port = nested(INFO.slaveData, attribute(BRIDGE_PORT_HAIRPIN, u8(1)))
  const body = Buffer.concat([linkHeader(index), nested(IFLA.info, attribute(INFO.slaveKind, text('bridge')), port)])
  socket.request(`cannot set up the bridge port ${index}`, RTM_NEWLINK, 0, body)
}

/** struct ifinfomsg: family, pad, type, index, flags, mask of flags that count. */
function linkHeader(index: number, isUp?: boolean): Buffer {
  const header = Buffer.alloc(IFINFO_BYTES)
  header.writeInt32LE(index, 4)
  if (isUp !== undefined) {
    header.writeUInt32LE(isUp ? IFF_UP : 0, 8)
    header.writeUInt32LE(IFF_UP, 12)
  }
  return header
}

function linkAttributes(name: string, mac: string, mtu: number): readonly Buffer[] {
  return [attribute(IFLA.name, text(name)), attribute(IFLA.address, bytesOfMac(mac)), attribute(IFLA.mtu, u32(mtu))]
}

function decodeLink({ body }: NetlinkMessage): Link {
  const attributes = decodeAttributes(body, IFINFO_BYTES)
  const info = decodeAttributes(attributes.get(IFLA.info) ?? Buffer.alloc(0))
  const port = decodeAttributes(info.get(INFO.slaveData) ?? Buffer.alloc(0))
  const data = readText(info.get(INFO.kind)) === 'vxlan' ? decodeAttributes(info.get(INFO.data) ?? Buffer.alloc(0)) : undefined
  return {
    index: body.readInt32LE(4),
    name: readText(attributes.get(IFLA.name)),
    isUp: (body.readUInt32LE(8) & IFF_UP) !== 0,
    mtu: readU32(attributes.get(IFLA.mtu)) ?? 0,
    mac: macText(attributes.get(IFLA.address)),
    master: readU32(attributes.get(IFLA.master)) ?? 0,
    peerIndex: readU32(attributes.get(IFLA.peer)),
    isHairpin: readText(info.get(INFO.slaveKind)) === 'bridge' && port.get(BRIDGE_PORT_HAIRPIN)?.[0] === 1,
    tunnelPort: data?.get(VXLAN.port)?.readUInt16BE(0),
  }
}

function bytesOfMac(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex')
}

function macText(bytes: Buffer | undefined): string {
  return [...(bytes ?? [])].map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}
