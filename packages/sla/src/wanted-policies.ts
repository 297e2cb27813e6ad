import { BALANCING_POLICIES, type BalancingPolicy } from './address-plan.ts'
import type { WantedAddresses, WantedPair } from './descriptor.ts'

/**
 * The policies under which a service is to be reached, round robin first, with the addresses that its user wants for each. Every service
 * has round robin; the others only on demand, for the IPv4 pool is small. `reference/network.md` 2.2.
 */
export function wantedPolicies(wanted: WantedAddresses): readonly (readonly [BalancingPolicy, WantedPair])[] {
  const closest = { ...wanted.policies?.closest, ...pair(wanted.closestV4, wanted.closestV6) }
  const isClosestWanted = wanted.policies?.closest !== undefined || closest.v4 !== undefined || closest.v6 !== undefined
  return BALANCING_POLICIES.flatMap((policy): readonly (readonly [BalancingPolicy, WantedPair])[] => {
    if (policy === 'round-robin') return [[policy, pair(wanted.roundRobinV4, wanted.roundRobinV6)]]
    if (policy === 'closest') return isClosestWanted ? [[policy, closest]] : []
    const other = wanted.policies?.[policy]
    return other ? [[policy, other]] : []
  })
}

function pair(v4: string | undefined, v6: string | undefined): WantedPair {
  return { ...(v4 !== undefined && { v4 }), ...(v6 !== undefined && { v6 }) }
}
