import { assert } from '@oakestra/base'
import {
  type AddressRange,
  BALANCING_POLICIES,
  type BalancingPolicy,
  formatAddress,
  INSTANCE_V6,
  parseAddress,
  policyRange,
  SERVICE_V4,
} from '@oakestra/sla'

/** A range and the name under which the pointer of its next never-used address is kept. */
export interface AddressPool {
  readonly name: string
  readonly range: AddressRange
}

/** Services and instances share IPv4. `reference/network.md` 1.1. */
export const V4_POOL: AddressPool = { name: 'v4', range: SERVICE_V4 }
export const INSTANCE_V6_POOL: AddressPool = { name: 'instance-v6', range: INSTANCE_V6 }

const POLICY_POOLS = new Map(BALANCING_POLICIES.map((policy) => [policy, { name: `${policy}-v6`, range: policyRange(policy) }]))

/** Each policy has its own in IPv6. `reference/network.md` 1.2. */
export function policyPool(policy: BalancingPolicy): AddressPool {
  const pool = POLICY_POOLS.get(policy)
  assert(pool !== undefined, 'every policy has a pool')
  return pool
}

export const ROUND_ROBIN_V6_POOL: AddressPool = policyPool('round-robin')

const POOLS: readonly AddressPool[] = [V4_POOL, INSTANCE_V6_POOL, ...POLICY_POOLS.values()]

/** The pool an address belongs to, and its number; undefined for foreign text. */
export function poolOf(address: string): { readonly pool: AddressPool; readonly value: bigint } | undefined {
  for (const pool of POOLS) {
    const value = parseAddress(pool.range, address)
    if (value !== undefined && value >= pool.range.first && value <= pool.range.last) return { pool, value }
  }
  return undefined
}

/**
 * The upper half of a pool, with a pointer of its own: what is set aside for clusters comes from there, so that what users see goes on
 * without gaps.
 */
export function upperHalf({ name, range }: AddressPool): AddressPool {
  const first = range.first + (range.last - range.first + 1n) / 2n
  return { name: `upper-${name}`, range: { ...range, first } }
}

/** The part of a pool whose pointer an address is compared with. */
export function halfOf(pool: AddressPool, value: bigint): AddressPool {
  const upper = upperHalf(pool)
  return value < upper.range.first ? pool : upper
}

export function addressText(pool: AddressPool, value: bigint): string {
  return formatAddress(pool.range, value)
}
