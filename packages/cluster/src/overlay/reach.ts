import type { Node, TunnelEndpoint, WorldNode } from '@oakestra/model'
import ipaddr from 'ipaddr.js'

/** Where other nodes reach this one, as far as its cluster knows; `undefined` while they cannot. */
export function reachOf({ subnetV4, subnetV6, facts, seenAddress }: Node): WorldNode['reach'] {
  const { tunnel, address } = facts ?? {}
  if (!subnetV4 || !subnetV6 || !tunnel) return undefined
  const usable = firstUsable([tunnel.address, seenAddress, address], tunnel.port)
  const endpoint = usable && { ...usable, ...(isTranslated(usable, address) && { translated: true as const }) }
  return endpoint && { subnetV4, subnetV6, endpoint, ...(tunnel.key !== undefined && { key: tunnel.key }) }
}

/**
 * What the node says comes first, then what is seen of it: behind a NAT it does not know its own address. A node on the machine of its
 * cluster is seen at an address that means something else elsewhere; nodes of one machine all the same reach each other there.
 */
function firstUsable(candidates: readonly (string | undefined)[], port: number): TunnelEndpoint | undefined {
  const known = candidates.flatMap((text) => (text !== undefined && ipaddr.isValid(text) ? ipaddr.process(text) : []))
  const best = known.find((address) => address.range() !== 'loopback') ?? known[0]
  return best && { address: best.toString(), port }
}

/** It is seen at another address than the one it knows of: an address translator is on the way, or it has several addresses. */
function isTranslated({ address }: TunnelEndpoint, own = ''): boolean {
  return ipaddr.isValid(own) && !isLoopback(address) && !isLoopback(own) && ipaddr.process(own).toString() !== address
}

function isLoopback(address: string): boolean {
  return ipaddr.process(address).range() === 'loopback'
}

/** The host of `host:port`; brackets of an IPv6 address fall away. */
export function hostOf(address: string): string {
  return address.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
}
