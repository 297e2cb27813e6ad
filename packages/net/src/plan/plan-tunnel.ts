import type { Tunnel, TunnelWay } from '../network.ts'
import { FAMILIES, type Family, familyOf, hostPrefix } from './addresses.ts'
import { MTU, MTU_OVER_V6, OVERLAY, RULE_PRIORITY } from './constants.ts'
import { ADDRESS_TYPE, HEADER, set } from './family-words.ts'
import type { NftSet, PolicyRule, Route, Sysctl, TunnelLink } from './kernel-config.ts'
import { bridgeName, tunnelName } from './names.ts'
import type { PlannedPeer } from './peers.ts'
import type { Frame } from './plan-context.ts'
import { heardKey, heardSet, heardSetName, INNER, PROBE_PORT } from './plan-heard.ts'

/*
 * Between nodes, packets travel as VXLAN-GPE over UDP, wrapped by their routes (`reference/lab.md` 5, mode c). The number
 * in the wrapping is the UDP port of the peer: a VXLAN link sends all to its own port, and a rule exchanges the port by
 * that number, so that every node may have another.
 */

/** Where the number stands: behind 8 bytes of UDP and 4 of VXLAN. */
const TUNNEL_NUMBER = '@th,96,24'
/** The destination port, named by its place: with its name, nft would also make a wrong checksum out of none. */
const RAW_PORT = '@th,16,16'
const RAW_SOURCE_PORT = '@th,0,16'

export function tunnelLinkOf(tag: string, { port }: Tunnel): TunnelLink {
  return { name: tunnelName(tag), port, mtu: MTU }
}

export function tunnelSysctls(name: string): readonly Sysctl[] {
  const to = (path: string, value: string): Sysctl => ({ path, value, mode: 'set' })
  return [
    to(`net/ipv4/conf/${name}/forwarding`, '1'),
    to(`net/ipv6/conf/${name}/forwarding`, '1'),
    to(`net/ipv6/conf/${name}/accept_ra`, '0'),
    // The chain `from_instances` is stricter, and looks at the right tables.
    to(`net/ipv4/conf/${name}/rp_filter`, '2'),
    // So that the machine itself reaches a service at 127.0.0.1; nothing that arrives may be for 127/8.
    to(`net/ipv4/conf/${name}/route_localnet`, '1'),
    to(`net/ipv4/conf/${name}/send_redirects`, '0'),
  ]
}

/** What comes out of the tunnel is looked up in the node's table, and never leaves by the default route. */
export function tunnelRules({ tunnel, table }: Frame, family: Family): readonly PolicyRule[] {
  if (!tunnel) return []
  return [
    { family, priority: RULE_PRIORITY.fromInstances, iif: tunnel.name, action: { lookup: table } },
    { family, priority: RULE_PRIORITY.refuse, iif: tunnel.name, to: OVERLAY[family], action: 'unreachable' },
  ]
}

/** To the subnet and to each instance of every peer on another machine. */
export function peerRoutes({ tunnel, peers, table, gateway }: Frame): readonly Route[] {
  return tunnel ? distantPeers(peers).flatMap((peer) => routesTo(peer, { dev: tunnel.name, table, gateway })) : []
}

interface RouteFrame extends Pick<Frame, 'table' | 'gateway'> {
  readonly dev: string
}

/** Of tens of thousands of routes, those to peers that are as before are the same objects, and need no comparison. */
const knownRoutes = new WeakMap<PlannedPeer, RouteFrame & { readonly routes: readonly Route[] }>()

function routesTo(peer: PlannedPeer, frame: RouteFrame): readonly Route[] {
  const known = knownRoutes.get(peer)
  const { dev, table, gateway } = frame
  if (known?.dev === dev && known.table === table && known.gateway.v4 === gateway.v4 && known.gateway.v6 === gateway.v6) return known.routes
  const routesBy = ({ address, port }: TunnelWay, prefixes: readonly string[]) => {
    const mtu = familyOf(address) === 'v6' ? { mtu: MTU_OVER_V6 } : {}
    const common = { dev, encap: { address, id: port }, table, ...mtu }
    return prefixes.map((to) => ({ to, ...common, src: gateway[familyOf(to)] }))
  }
  const routes = [
    ...routesBy(peer, [...peer.subnets, ...FAMILIES.flatMap((family) => peer.instances[family].map(hostPrefix))]),
    ...(peer.trial && peer.subnets.length > 0 ? routesBy(peer.trial, [hostPrefix(peer.gateway)]) : []),
  ]
  knownRoutes.set(peer, { dev, table, gateway, routes })
  return routes
}

/**
 * Who may speak to the tunnel's port, and the instances on other nodes of this machine. The sets are there without
 * tunnel and peers too, for a table whose sets change is replaced as a whole.
 */
export function peerSets({ tunnel, peers }: Frame, family: Family): readonly NftSet[] {
  const type = ADDRESS_TYPE[family]
  const distant = tunnel ? distantPeers(peers) : []
  const nearby = peers.filter(({ isNearby }) => isNearby)
  const ofFamily = (addresses: readonly string[]) => [...new Set(addresses.filter((address) => familyOf(address) === family))]
  const speakers = ofFamily(distant.flatMap((peer) => peer.speakers))
  const translated = ofFamily(distant.filter(({ isTranslated }) => isTranslated).map(({ address }) => address))
  return [
    set(`tunnel_${family}`, type, speakers),
    set(`translated_${family}`, type, translated),
    heardSet(family),
    set(
      `nearby_${family}`,
      type,
      nearby.flatMap(({ instances }) => instances[family]),
    ),
  ]
}

/**
 * Before connections are tracked. The wrapped packets are no connections; only known peers may send them; and what comes
 * out must have a source that this node would answer through the tunnel, and a destination in the overlay.
 */
export function arrivalRules({ tunnel }: Frame): readonly string[] {
  if (!tunnel) return []
  const { name, port } = tunnel
  return [
    ...FAMILIES.map((family) => `udp dport ${port} ${INNER.to} ${PROBE_PORT} update @${heardSetName(family)} { ${heardKey(family)} }`),
    ...FAMILIES.map((family) => `udp dport ${port} ${HEADER[family]} saddr @tunnel_${family} notrack accept`),
    `udp dport ${port} fib daddr type local drop`,
    `iifname "${name}" fib saddr . iif oif missing drop`,
    ...FAMILIES.map((family) => `iifname "${name}" ${HEADER[family]} daddr != ${OVERLAY[family]} drop`),
  ]
}

/**
 * Packets leave from any port, so that a machine with many queues can spread them; probes, and all that meets an address
 * translator, from the tunnel's own, which the other side then answers to.
 */
export function departureRules({ tunnel, peers }: Frame): readonly string[] {
  if (!tunnel) return []
  const { port } = tunnel
  const ports = distantPeers(peers).flatMap((peer) => [peer.port, ...(peer.trial ? [peer.trial.port] : [])])
  const otherPorts = [...new Set(ports)].filter((other) => other !== port).toSorted((a, b) => a - b)
  return [
    ...[INNER.to, INNER.from].map((inner) => `udp dport ${port} ${inner} ${PROBE_PORT} ${RAW_SOURCE_PORT} set ${port}`),
    ...FAMILIES.map((family) => `udp dport ${port} ${HEADER[family]} daddr @translated_${family} ${RAW_SOURCE_PORT} set ${port}`),
    ...FAMILIES.map((family) => `udp dport ${port} ${HEADER[family]} daddr @tunnel_${family} notrack`),
    ...otherPorts.map((other) => `udp dport ${port} ${TUNNEL_NUMBER} ${other} ${RAW_PORT} set ${other}`),
  ]
}

/** TCP is told what fits, so that it need not find out by losing packets: over IPv6 less than the links take. */
export function packetSizeRules({ tunnel }: Frame): readonly string[] {
  return tunnel ? [`oifname "${tunnel.name}" tcp flags syn tcp option maxseg size set rt mtu`] : []
}

/** Instances reach those of other nodes, also of nodes on the same machine, where they have a bridge of their own. */
export function forwardingToPeers({ bridge, tunnel, peers }: Frame): readonly string[] {
  return [
    ...(tunnel ? [`iifname "${tunnel.name}" oifname "${bridge}" accept`] : []),
    ...nearbyMatches(peers, 'daddr').map((match) => `iifname "${bridge}" oifname "${bridgeName('')}*" ${match} accept`),
    ...nearbyMatches(peers, 'saddr').map((match) => `iifname "${bridgeName('')}*" oifname "${bridge}" ${match} accept`),
  ]
}

/** Packets to other nodes keep the address of the instance that sent them. */
export function keptSources({ bridge, tunnel, peers }: Frame): readonly string[] {
  return [
    ...(tunnel ? [`oifname "${tunnel.name}" accept`] : []),
    ...nearbyMatches(peers, 'daddr').map((match) => `iifname "${bridge}" oifname "${bridgeName('')}*" ${match} accept`),
  ]
}

function distantPeers(peers: readonly PlannedPeer[]): readonly PlannedPeer[] {
  return peers.filter(({ isNearby }) => !isNearby)
}

function nearbyMatches(peers: readonly PlannedPeer[], field: 'saddr' | 'daddr'): readonly string[] {
  const nearby = peers.filter(({ isNearby }) => isNearby)
  if (nearby.length === 0) return []
  const subnets = nearby.flatMap((peer) => peer.subnets).map((subnet) => `${HEADER[familyOf(subnet)]} ${field} ${subnet}`)
  return [...FAMILIES.map((family) => `${HEADER[family]} ${field} @nearby_${family}`), ...subnets]
}
