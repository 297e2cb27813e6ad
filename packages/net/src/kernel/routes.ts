import { addressFromBytes, bytesOfAddress, FAMILIES, type Family, familyOf, parsePrefix } from '../plan/addresses.ts'
import { ROUTE_PROTOCOL } from '../plan/constants.ts'
import type { Encap, Route } from '../plan/kernel-config.ts'
import { renderRoute } from '../plan/render.ts'
import { ADDRESS_FAMILY } from './addresses.ts'
import { KernelError } from './libc.ts'
import { type Attributes, attribute, decodeAttributes, NESTED, type NetlinkMessage, nested, readU32, u32 } from './netlink-message.ts'
import type { NetlinkSocket } from './netlink-socket.ts'

export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
const RTM_GETROUTE = 26
const NLM_F_REPLACE_CREATE = 0x500
const RTMSG_BYTES = 12
const RTA = { to: 1, oif: 4, via: 5, src: 7, metrics: 8, table: 15, encapType: 21, encap: 22 } as const
const METRIC_MTU = 2
/** linux/lwtunnel.h LWTUNNEL_ENCAP_IP and LWTUNNEL_ENCAP_IP6. */
const ENCAP_TYPE = { v4: 2, v6: 4 } as const
const ENCAP = { id: 1, destination: 2 } as const
const RTN_UNICAST = 1
const RTNH_F_ONLINK = 4
const MAIN_TABLE = 254
const SCOPE = { universe: 0, link: 253, nowhere: 255 } as const
const UNSPECIFIED = { v4: '0.0.0.0', v6: '::' } as const

/** A route as the kernel lists it; `dev` is an index here. */
export interface ListedRoute {
  readonly family: Family
  readonly to: string
  readonly via?: string
  readonly oif: number | undefined
  readonly src?: string
  readonly encap?: Encap
  readonly mtu?: number
  readonly table: number
  readonly protocol: number
  readonly type: number
}

/** Routes of all tables, or of one. */
export function listRoutes(socket: NetlinkSocket, table?: number): readonly ListedRoute[] {
  return FAMILIES.flatMap((family) => {
    const header = routeHeader(family, 0, { table: table ?? 0 })
    const body = Buffer.concat([header, ...(table === undefined ? [] : [attribute(RTA.table, u32(table))])])
    return dumpRoutes(socket, body).map((message) => decodeRoute(family, message))
  }).filter((route) => table === undefined || route.table === table)
}

/** Puts a route in place, instead of one to the same prefix in the same table. */
export function addRoute(socket: NetlinkSocket, index: number, route: Route): void {
  socket.request(`cannot add the route ${renderRoute(route)}`, RTM_NEWROUTE, NLM_F_REPLACE_CREATE, routeBody(index, route))
}

/** @throws KernelError ESRCH when there is no such route */
export function removeRoute(socket: NetlinkSocket, index: number, route: Route): void {
  socket.request(`cannot remove the route ${renderRoute(route)}`, RTM_DELROUTE, 0, routeBody(index, route))
}

/** Asking for a table that has never had a route is answered with ENOENT. */
function dumpRoutes(socket: NetlinkSocket, body: Uint8Array): readonly NetlinkMessage[] {
  try {
    return socket.dump('cannot list routes', RTM_GETROUTE, body)
  } catch (thrown) {
    if (thrown instanceof KernelError && thrown.is('ENOENT')) return []
    throw thrown
  }
}

interface RouteHeader {
  readonly table: number
  readonly scope?: number
  readonly type?: number
  readonly protocol?: number
  readonly flags?: number
}

/** struct rtmsg. A table beyond 255 stands in the attribute alone. */
function routeHeader(family: Family, length: number, header: RouteHeader): Buffer {
  const { table, scope = 0, type = 0, protocol = 0, flags = 0 } = header
  const bytes = Buffer.alloc(RTMSG_BYTES)
  bytes.set([ADDRESS_FAMILY[family], length, 0, 0, table < 256 ? table : 0, protocol, scope, type])
  bytes.writeUInt32LE(flags, 8)
  return bytes
}

function routeBody(index: number, { to, via, src, encap, mtu, table = MAIN_TABLE }: Route): Buffer {
  const family = familyOf(to)
  const prefix = parsePrefix(to, family)
  const header = routeHeader(family, prefix.length, {
    table,
    scope: via === undefined && family === 'v4' ? SCOPE.link : SCOPE.universe,
    type: RTN_UNICAST,
    protocol: ROUTE_PROTOCOL,
    flags: via === undefined ? 0 : RTNH_F_ONLINK,
  })
  return Buffer.concat([
    header,
    ...(prefix.length === 0 ? [] : [attribute(RTA.to, bytesOfAddress(prefix.address))]),
    ...(via === undefined ? [] : [attribute(RTA.via, bytesOfAddress(via))]),
    attribute(RTA.oif, u32(index)),
    ...(src === undefined ? [] : [attribute(RTA.src, bytesOfAddress(src))]),
    ...(encap ? encapAttributes(encap) : []),
    ...(mtu === undefined ? [] : [nested(RTA.metrics | NESTED, attribute(METRIC_MTU, u32(mtu)))]),
    attribute(RTA.table, u32(table)),
  ])
}

/** The number is 64 bits wide and in network order. Its two attributes mean the same in both families. */
function encapAttributes({ address, id }: Encap): readonly Buffer[] {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(id))
  const type = Buffer.alloc(2)
  type.writeUInt16LE(ENCAP_TYPE[familyOf(address)])
  const parts = [attribute(ENCAP.id, number), attribute(ENCAP.destination, bytesOfAddress(address))]
  return [attribute(RTA.encapType, type), nested(RTA.encap | NESTED, ...parts)]
}

/** Undefined for a route that wraps nothing, or in a way that is not ours. */
function decodeEncap(attributes: Attributes): Encap | undefined {
  const type = attributes.get(RTA.encapType)?.readUInt16LE(0)
  if (type !== ENCAP_TYPE.v4 && type !== ENCAP_TYPE.v6) return undefined
  const parts = decodeAttributes(attributes.get(RTA.encap) ?? Buffer.alloc(0))
  const [number, destination] = [parts.get(ENCAP.id), parts.get(ENCAP.destination)]
  return number && destination && { address: addressFromBytes(destination), id: Number(number.readBigUInt64BE(0)) }
}

/** What a message about a route says. */
export function decodeRoute(family: Family, { body }: NetlinkMessage): ListedRoute {
  const attributes = decodeAttributes(body, RTMSG_BYTES)
  const address = (bytes: Buffer | undefined) => bytes && addressFromBytes(bytes)
  const encap = decodeEncap(attributes)
  const mtu = readU32(decodeAttributes(attributes.get(RTA.metrics) ?? Buffer.alloc(0)).get(METRIC_MTU))
  const [via, src] = [address(attributes.get(RTA.via)), address(attributes.get(RTA.src))]
  return {
    family,
    to: `${address(attributes.get(RTA.to)) ?? UNSPECIFIED[family]}/${body[1]}`,
    ...(via !== undefined && { via }),
    oif: readU32(attributes.get(RTA.oif)),
    ...(src !== undefined && { src }),
    ...(encap && { encap }),
    ...(mtu !== undefined && { mtu }),
    table: readU32(attributes.get(RTA.table)) ?? body[4] ?? 0,
    protocol: body[5] ?? 0,
    type: body[7] ?? 0,
  }
}
