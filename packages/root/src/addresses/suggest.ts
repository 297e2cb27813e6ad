import { isChoosable } from '@oakestra/sla'
import type { Reader } from '@oakestra/store'
import { addressClaims } from '../state/collections.ts'
import { type AddressPool, addressText, upperHalf } from './address-pool.ts'
import { type AllocationContext, isFree, readPointer } from './allocate.ts'

/** Addresses that root gives out by itself soon; what is suggested comes from behind them, so that it is still free when it is asked for. */
const AHEAD = 128n
/** Looked at for one answer, some 20 ms: in a pool that is nearly full fewer are found than were asked for. */
const LOOKED_AT_MAX = 4_096

/** Free addresses of a pool. Nothing is reserved: whoever names one in a descriptor may still be told that it was taken meanwhile. */
export async function suggestAddresses(reader: Reader, pool: AddressPool, count: number, context: AllocationContext): Promise<string[]> {
  const found: string[] = []
  const from = await start(reader, pool)
  const { first, last } = pool.range
  let value = from
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX && found.length < count; lookedAt += 1) {
    const address = addressText(pool, value)
    if (isChoosable(pool.range, value) && isFree(await reader.get(addressClaims, address), context)) found.push(address)
    value = value === last ? first : value + 1n
    if (value === from) break
  }
  return found
}

/** The upper half is for clusters. */
async function start(reader: Reader, pool: AddressPool): Promise<bigint> {
  const ahead = (await readPointer(reader, pool)) + AHEAD
  return ahead < upperHalf(pool).range.first ? ahead : pool.range.first
}
