import { addressFromBytes, bytesOfAddress, type Family, familyOf, parsePrefix } from '../plan/addresses.ts'
import { attribute, decodeAttributes, readU32, u32 } from './netlink-message.ts'
import type { NetlinkSocket } from './netlink-socket.ts'

const RTM_NEWADDR = 20
const RTM_DELADDR = 21
const RTM_GETADDR = 22
const NLM_F_EXCL_CREATE = 0x600
const IFADDR_BYTES = 8
const IFA = { address: 1, local: 2, flags: 8 } as const
const IFA_F_NODAD = 0x02
const IFA_F_NOPREFIXROUTE = 0x200
const SCOPE_UNIVERSE = 0

/** linux/socket.h AF_INET and AF_INET6. */
export const ADDRESS_FAMILY = { v4: 2, v6: 10 } as const

export interface LinkAddress {
  readonly index: number
  /** With prefix length. */
  readonly address: string
}

/** Addresses of global scope. */
export function listAddresses(socket: NetlinkSocket): readonly LinkAddress[] {
  return socket.dump('cannot list addresses', RTM_GETADDR, Buffer.alloc(IFADDR_BYTES)).flatMap(({ body }) => {
    const attributes = decodeAttributes(body, IFADDR_BYTES)
    const bytes = attributes.get(IFA.local) ?? attributes.get(IFA.address)
    if (!bytes || body[3] !== SCOPE_UNIVERSE) return []
    return [{ index: readU32(body.subarray(4)) ?? 0, address: `${addressFromBytes(bytes)}/${body[1]}` }]
  })
}

/** The machine's own addresses of global scope, without prefix lengths. */
export function ownAddresses(socket: NetlinkSocket): readonly string[] {
  return listAddresses(socket).map(({ address }) => address.replace(/\/\d+$/, ''))
}

/** Gives a link an address, at once usable; `withRoute` also makes the route to its prefix in the main table. */
export function addAddress(socket: NetlinkSocket, index: number, address: string, { withRoute }: { withRoute: boolean }): void {
  const flags = attribute(IFA.flags, u32(IFA_F_NODAD | (withRoute ? 0 : IFA_F_NOPREFIXROUTE)))
  const body = Buffer.concat([addressBody(index, address), flags])
  socket.request(`cannot add the address ${address}`, RTM_NEWADDR, NLM_F_EXCL_CREATE, body)
}

/** @throws KernelError EADDRNOTAVAIL when the link does not have it */
export function removeAddress(socket: NetlinkSocket, index: number, address: string): void {
  socket.request(`cannot remove the address ${address}`, RTM_DELADDR, 0, addressBody(index, address))
}

function addressBody(index: number, address: string): Buffer {
  const family: Family = familyOf(address)
  const prefix = parsePrefix(address, family)
  const header = Buffer.from([ADDRESS_FAMILY[family], prefix.length, 0, SCOPE_UNIVERSE, 0, 0, 0, 0])
  header.writeUInt32LE(index, 4)
  const bytes = bytesOfAddress(prefix.address)
  return Buffer.concat([header, attribute(IFA.local, bytes), attribute(IFA.address, bytes)])
}
