import { OakError } from '@oakestra/base'
import { isChoosable } from '@oakestra/sla'
import type { Reader, Writer } from '@oakestra/store'
import { type AddressClaim, addressClaims, facts } from '../state/collections.ts'
import { type AddressPool, addressText, halfOf, poolOf, V4_POOL } from './address-pool.ts'
import { refuseForeignClaim } from './claim-owner.ts'

export interface AllocationContext {
  readonly nowMs: number
  /** How long an address that was given back stays unused: caches on nodes forget it meanwhile. */
  readonly quietMs: number
}

/** Long enough for cached routes of the overlay to be gone. */
export const QUIET_MS = 60_000

/**
 * Chooses an address and notes who has it. First come addresses that were never used, then those given back, oldest first:
 * an address rests as long as the pool allows. Costs do not grow with the number of claims.
 * @throws OakError `resource-exhausted` when all are in use or resting
 */
export async function allocateAddress(writer: Writer, pool: AddressPool, ownerId: string, context: AllocationContext): Promise<string> {
  const address = (await takeFresh(writer, pool, context)) ?? (await takeRested(writer, pool, context))
  if (!address) {
    throw new OakError('resource-exhausted', `no address of ${pool.range.text} is free; one given back is used again after a quiet period`)
  }
  await writer.put(addressClaims, { address, ownerId })
  return address
}

/**
 * The same out of addresses that were never used, and out of no others; undefined when there is none. For what is set aside and may
 * never be used.
 */
export async function setAsideAddress(
  writer: Writer,
  pool: AddressPool,
  ownerId: string,
  context: AllocationContext,
): Promise<string | undefined> {
  const address = await takeFresh(writer, pool, context)
  if (address !== undefined) await writer.put(addressClaims, { address, ownerId })
  return address
}

/** Gives an address that is claimed already to somebody else. */
export async function handOverAddress(writer: Writer, address: string, ownerId: string): Promise<void> {
  await writer.put(addressClaims, { address, ownerId })
}

/**
 * Claims the address that a user wants. One that rests, or whose service is being removed, may be taken over.
 * @throws OakError `conflict`, naming the service that has it
 */
export async function claimAddress(writer: Writer, address: string, ownerId: string): Promise<string> {
  const claim = await writer.get(addressClaims, address)
  if (claim && claim.ownerId !== ownerId && claim.freedAtMs === undefined) await refuseForeignClaim(writer, claim)
  await writer.put(addressClaims, { address, ownerId })
  return address
}

/** Gives back every address of a service or an instance. Addresses that somebody else took over stay. */
export async function releaseAddresses(writer: Writer, ownerId: string, nowMs: number): Promise<void> {
  for (const claim of await writer.list(addressClaims, { index: 'ownerId', equals: ownerId })) {
    if (claim.freedAtMs === undefined) await release(writer, claim, nowMs)
  }
}

/**
 * IPv6 pools never run out, so an address behind the pointer is never chosen again and needs no record;
 * one ahead of it does, until the pointer has passed.
 */
async function release(writer: Writer, claim: AddressClaim, nowMs: number): Promise<void> {
  const place = poolOf(claim.address)
  const isBehind = place && place.value < (await readPointer(writer, halfOf(place.pool, place.value)))
  if (place?.pool !== V4_POOL && isBehind) await writer.remove(addressClaims, claim.address)
  else await writer.put(addressClaims, { ...claim, freedAtMs: nowMs })
}

/** The pointer only grows, so that passing over an address that a user claimed ahead of it is paid once. */
async function takeFresh(writer: Writer, pool: AddressPool, context: AllocationContext): Promise<string | undefined> {
  let value = await readPointer(writer, pool)
  let found: string | undefined
  while (found === undefined && value <= pool.range.last) {
    const address = addressText(pool, value)
    if (isChoosable(pool.range, value) && isFree(await writer.get(addressClaims, address), context)) found = address
    value += 1n
  }
  await writer.put(facts, { key: pointerKey(pool), value: value.toString() })
  return found
}

export function isFree(claim: AddressClaim | undefined, context: AllocationContext): boolean {
  return !claim || isRested(claim, context)
}

function isRested(claim: AddressClaim, context: AllocationContext): boolean {
  return claim.freedAtMs !== undefined && claim.freedAtMs + context.quietMs <= context.nowMs
}

/** Freed addresses of all pools share one list, oldest first; rested ones of other pools are forgotten on the way. */
const REST_BATCH = 16

async function takeRested(writer: Writer, pool: AddressPool, context: AllocationContext): Promise<string | undefined> {
  for (;;) {
    const oldest = await writer.list(addressClaims, { index: 'freedAtMs', greaterThan: -1, limit: REST_BATCH })
    const rested = oldest.filter((claim) => isRested(claim, context))
    const mine = rested.find((claim) => poolOf(claim.address)?.pool === pool)
    if (mine) return mine.address
    if (rested.length === 0) return undefined
    for (const claim of rested) await writer.remove(addressClaims, claim.address)
  }
}

const pointerKey = (pool: AddressPool) => `address-pointer/${pool.name}`

export async function readPointer(reader: Reader, pool: AddressPool): Promise<bigint> {
  const fact = await reader.get(facts, pointerKey(pool))
  return fact ? BigInt(fact.value) : pool.range.first
}
