import { type AddressRange, CLOSEST_V6, formatAddress, INSTANCE_V6, parseAddress, ROUND_ROBIN_V6, SERVICE_V4 } from '@oakestra/sla'

/** A range and the name under which the pointer of its next never-used address is kept. */
export interface AddressPool {
  readonly name: string
  readonly range: AddressRange
}

/** Services and instances share IPv4. `reference/network.md` 1.1. */
export const V4_POOL: AddressPool = { name: 'v4', range: SERVICE_V4 }
export const INSTANCE_V6_POOL: AddressPool = { name: 'instance-v6', range: INSTANCE_V6 }
export const ROUND_ROBIN_V6_POOL: AddressPool = { name: 'round-robin-v6', range: ROUND_ROBIN_V6 }
export const CLOSEST_V6_POOL: AddressPool = { name: 'closest-v6', range: CLOSEST_V6 }

const POOLS = [V4_POOL, INSTANCE_V6_POOL, ROUND_ROBIN_V6_POOL, CLOSEST_V6_POOL] as const

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
