import { containsPrefix } from '../plan/addresses.ts'
import { OVERLAY } from '../plan/constants.ts'
import { bridgeName, slowName, tunnelName } from '../plan/names.ts'
import { listLinks } from './links.ts'
import type { NetlinkSocket } from './netlink-socket.ts'
import { listRoutes } from './routes.ts'

const ANY_NODES_LINK = /^(oak|otun-|oslow-)[0-9a-f]{5}$/

/**
 * Prefixes inside the overlay's ranges that lead elsewhere than to this node: real networks (`reference/network.md` 9,
 * A10) and the subnets of other nodes on the machine. Instance and service addresses of those nodes do not count:
 * they are in no node's subnet.
 */
export function occupiedPrefixes(socket: NetlinkSocket, tag: string): readonly string[] {
  const own = [bridgeName(tag), tunnelName(tag), slowName(tag)]
  const names = new Map(listLinks(socket).map(({ index, name }) => [index, name]))
  const prefixes = listRoutes(socket).flatMap(({ to, oif }) => {
    const link = names.get(oif ?? 0) ?? ''
    const isOverlay = containsPrefix(OVERLAY.v4, to) || containsPrefix(OVERLAY.v6, to)
    const isSemantic = containsPrefix(OVERLAY.semanticV4, to) || containsPrefix(OVERLAY.semanticV6, to)
    const isOfNode = ANY_NODES_LINK.test(link)
    return isOverlay && !own.includes(link) && !(isSemantic && isOfNode) ? [to] : []
  })
  return outermost([...new Set(prefixes)]).toSorted()
}

/** Drops those that lie inside another of the list, such as the machine's own addresses. */
function outermost(prefixes: readonly string[]): readonly string[] {
  return prefixes.filter((inner) => !prefixes.some((outer) => outer !== inner && containsPrefix(outer, inner)))
}
