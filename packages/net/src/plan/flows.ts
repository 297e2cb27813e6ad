import { containsPrefix, familyOf, hostPrefix, isInside, parsePrefix } from './addresses.ts'
import { SEMANTIC_RANGE } from './family-words.ts'
import type { FlowPolicy } from './kernel-config.ts'

/** A tracked connection: where its first packet came from and went, and who answers after translation. */
export interface Flow {
  readonly source: string
  readonly destination: string
  readonly answeredBy: string
  /** Where answers are sent before they are translated back. */
  readonly answeredTo?: string
}

/**
 * True for a connection of this node that was translated to somebody who is no longer there: an address of the node's
 * subnet that nobody has, or an instance that left the service. Connections of others on the machine are never stale.
 */
export function isStaleFlow(policy: FlowPolicy, flow: Flow): boolean {
  const { source, destination, answeredBy, answeredTo } = flow
  if (isNotAdmitted(policy, flow)) return true
  if (destination === answeredBy) return false
  if (isOfSubnet(policy, answeredBy)) return !policy.local.includes(answeredBy)
  const targets = policy.services.get(destination)
  if (!targets) return isOfGate(policy, destination, answeredTo) && !policy.published.includes(answeredBy)
  return (isOfSubnet(policy, source) || policy.local.includes(source)) && !targets.includes(answeredBy)
}

/** What came in at a port of the machine and is answered to this node's gateway was sent on by one of its gates. */
function isOfGate({ gateways }: FlowPolicy, destination: string, answeredTo: string | undefined): boolean {
  return !isService(destination) && answeredTo !== undefined && gateways.includes(answeredTo)
}

/**
 * Somebody who is known here is connected to an isolated instance that does not admit him, and did not come by a published port. Of those
 * that are not known here nobody can tell which overlay they belong to; they have no way back either.
 */
function isNotAdmitted({ isolation, gateways, local, remote }: FlowPolicy, flow: Flow): boolean {
  const { source, destination, answeredBy, answeredTo } = flow
  const clients = isolation?.guarded.get(answeredBy)
  if (!isolation || !clients || clients.has(source) || isolation.nodes.has(source)) return false
  if (answeredTo !== undefined && gateways.includes(answeredTo)) return false
  const isPublished = destination !== answeredBy && !isService(destination)
  return !isPublished && (local.includes(source) || remote.includes(source))
}

function isService(address: string): boolean {
  return containsPrefix(SEMANTIC_RANGE[familyOf(address)], hostPrefix(address))
}

/** Addresses that connections may have been translated to before a change and may not be after. */
export function lostTargets(before: FlowPolicy, after: FlowPolicy): readonly string[] {
  const lost = before.local.filter((address) => !after.local.includes(address))
  for (const [service, targets] of before.services) {
    const now = after.services.get(service)
    if (now && now !== targets) lost.push(...targets.filter((target) => !now.includes(target)))
  }
  lost.push(...before.published.filter((address) => !after.published.includes(address)))
  lost.push(...lostGuests(before, after))
  return [...new Set(lost)]
}

/** Isolated instances that admit fewer than before, or were not isolated before. */
function lostGuests(before: FlowPolicy, after: FlowPolicy): readonly string[] {
  const fewer = ([address, clients]: readonly [string, ReadonlySet<string>]) => {
    const were = before.isolation?.guarded.get(address)
    if (were === clients) return false
    return were ? [...were].some((client) => !clients.has(client)) : before.local.includes(address)
  }
  return [...(after.isolation?.guarded ?? [])].filter(fewer).map(([address]) => address)
}

/** Addresses whose use is worth knowing: this node forgets them when nobody uses them. */
export function watchedAddresses({ services, remote }: FlowPolicy): readonly string[] {
  return [...services.keys(), ...remote]
}

/** Connections by the watched addresses that they concern. */
export function countUse(watched: readonly string[], flows: readonly Flow[]): ReadonlyMap<string, number> {
  const isWatched = new Set(watched)
  const counts = new Map<string, number>()
  for (const { source, destination, answeredBy } of flows) {
    for (const address of new Set([source, destination, answeredBy])) {
      if (isWatched.has(address)) counts.set(address, (counts.get(address) ?? 0) + 1)
    }
  }
  return counts
}

function isOfSubnet({ subnets }: FlowPolicy, address: string): boolean {
  return subnets.some((subnet) => isInside(address, parsePrefix(subnet, familyOf(subnet))))
}
