import type { InstanceAddresses } from '@oakestra/model'
import type { Reader, Writer } from '@oakestra/store'
import type { AddressStock } from '@oakestra/wire'
import { type AddressPool, INSTANCE_V6_POOL, poolOf, ROUND_ROBIN_V6_POOL, upperHalf, V4_POOL } from '../addresses/address-pool.ts'
import { type AllocationContext, handOverAddress, releaseAddresses, setAsideAddress } from '../addresses/allocate.ts'
import { addressClaims, facts } from '../state/collections.ts'
import { LOCAL_NUMBERS_FROM } from '../state/local-numbers.ts'

// What a site starts by itself while root is away. A hundred clusters set 4,800 of 65,000 IPv4 addresses aside.
const INSTANCES = 32
const SERVICES = 16
/** Numbers that a cluster uses up by starting one instance a second for eleven days. */
const NUMBERS_PER_CLUSTER = 1_000_000

// More clusters than ever join one root.
const RANGES_MAX = 1_000_000

const NUMBER_RANGES = 'number-ranges'
const stockKey = (clusterId: string) => `stock ${clusterId}`

/**
 * The addresses and numbers that a cluster may give away by itself, made up to their full count as far as addresses are left. They
 * belong to the cluster until they are used.
 */
export async function fillStock(writer: Writer, clusterId: string, context: AllocationContext): Promise<AddressStock> {
  const held = (await readStock(writer, clusterId)) ?? { instances: [], services: [], numbersFrom: await nextNumbers(writer) }
  const more = (count: number, v6: AddressPool) => setAsidePairs(writer, count, v6, clusterId, context)
  const stock = {
    instances: [...held.instances, ...(await more(INSTANCES - held.instances.length, INSTANCE_V6_POOL))],
    services: [...held.services, ...(await more(SERVICES - held.services.length, ROUND_ROBIN_V6_POOL))],
    numbersFrom: held.numbersFrom,
  }
  await writeStock(writer, clusterId, stock)
  return stock
}

/**
 * Adds what a cluster was found to have in stock, as far as nobody else has it, so that what it gives away by itself can be taken over.
 * Its range of numbers is its own only before it took in what this root gave to it.
 * @param reached whether a cluster took in what this root gave to it
 * @returns the cluster that was given this range of numbers and had not heard of it yet: it got another
 */
export async function keepStock(
  writer: Writer,
  clusterId: string,
  found: AddressStock,
  reached: (clusterId: string) => Promise<boolean>,
): Promise<readonly string[]> {
  const held = await readStock(writer, clusterId)
  const keep = (kind: 'instances' | 'services', limit: number) =>
    keepPairs(writer, clusterId, held?.[kind] ?? [], found[kind].slice(0, limit))
  const instances = await keep('instances', INSTANCES)
  const services = await keep('services', SERVICES)
  const taken = held && (await reached(clusterId)) ? undefined : await takeNumbers(writer, clusterId, found.numbersFrom, reached)
  const numbersFrom = taken ? found.numbersFrom : (held?.numbersFrom ?? (await nextNumbers(writer)))
  await writeStock(writer, clusterId, { instances, services, numbersFrom })
  return taken?.losers ?? []
}

async function keepPairs(
  writer: Writer,
  clusterId: string,
  held: readonly InstanceAddresses[],
  found: readonly InstanceAddresses[],
): Promise<InstanceAddresses[]> {
  const known = new Set(held.map(({ v4 }) => v4))
  const kept = [...held]
  for (const pair of found) {
    if (known.has(pair.v4) || !(await areFree(writer, pair))) continue
    for (const address of [pair.v4, pair.v6]) await handOverAddress(writer, address, clusterId)
    kept.push({ v4: pair.v4, v6: pair.v6 })
  }
  return kept
}

async function areFree(reader: Reader, { v4, v6 }: InstanceAddresses): Promise<boolean> {
  if (poolOf(v4)?.pool !== V4_POOL || !poolOf(v6)) return false
  const claims = [await reader.get(addressClaims, v4), await reader.get(addressClaims, v6)]
  return claims.every((claim) => claim === undefined || claim.freedAtMs !== undefined)
}

/** Notes a range of numbers as given away. `undefined` when another cluster counts with it, or it is none. */
async function takeNumbers(
  writer: Writer,
  clusterId: string,
  from: number,
  reached: (clusterId: string) => Promise<boolean>,
): Promise<{ readonly losers: readonly string[] } | undefined> {
  const range = (from - LOCAL_NUMBERS_FROM) / NUMBERS_PER_CLUSTER
  if (!Number.isInteger(range) || range < 0 || range > RANGES_MAX) return undefined
  const given = Number((await writer.get(facts, NUMBER_RANGES))?.value ?? 0)
  await writer.put(facts, { key: NUMBER_RANGES, value: String(Math.max(given, range + 1)) })
  const losers = (await ownersOfNumbers(writer, from)).filter((id) => id !== clusterId)
  for (const id of losers) if (await reached(id)) return undefined
  for (const id of losers) {
    const stock = await readStock(writer, id)
    if (stock) await writeStock(writer, id, { ...stock, numbersFrom: await nextNumbers(writer) })
  }
  return { losers }
}

async function ownersOfNumbers(reader: Reader, from: number): Promise<readonly string[]> {
  const stocks = (await reader.list(facts)).filter(({ key }) => key.startsWith(stockKey('')))
  const owners = stocks.filter(({ value }) => (JSON.parse(value) as AddressStock).numbersFrom === from)
  return owners.map(({ key }) => key.slice(stockKey('').length))
}

/** Gives a pair of a cluster's stock to what it is used for. False when it is not in the stock: somebody else may have it. */
export async function takeFromStock(
  writer: Writer,
  clusterId: string,
  kind: 'instances' | 'services',
  pair: InstanceAddresses,
  ownerId: string,
): Promise<boolean> {
  const stock = await readStock(writer, clusterId)
  const rest = stock?.[kind].filter(({ v4, v6 }) => v4 !== pair.v4 || v6 !== pair.v6)
  if (!stock || !rest || rest.length === stock[kind].length) return false
  await writeStock(writer, clusterId, { ...stock, [kind]: rest })
  for (const address of [pair.v4, pair.v6]) await handOverAddress(writer, address, ownerId)
  return true
}

/** Gives back what a removed cluster did not use. Its numbers are not used again. */
export async function releaseStock(writer: Writer, clusterId: string, nowMs: number): Promise<void> {
  await releaseAddresses(writer, clusterId, nowMs)
  await writer.remove(facts, stockKey(clusterId))
}

async function setAsidePairs(
  writer: Writer,
  count: number,
  v6Pool: AddressPool,
  clusterId: string,
  context: AllocationContext,
): Promise<readonly InstanceAddresses[]> {
  const pairs: InstanceAddresses[] = []
  for (let index = 0; index < count; index += 1) {
    const v4 = await setAsideAddress(writer, upperHalf(V4_POOL), clusterId, context)
    const v6 = v4 && (await setAsideAddress(writer, upperHalf(v6Pool), clusterId, context))
    // What users ask for at root comes first: nothing that was used and rests is set aside.
    if (v4 === undefined || v6 === undefined) break
    pairs.push({ v4, v6 })
  }
  return pairs
}

async function nextNumbers(writer: Writer): Promise<number> {
  const given = Number((await writer.get(facts, NUMBER_RANGES))?.value ?? 0)
  await writer.put(facts, { key: NUMBER_RANGES, value: String(given + 1) })
  return LOCAL_NUMBERS_FROM + given * NUMBERS_PER_CLUSTER
}

async function readStock(reader: Reader, clusterId: string): Promise<AddressStock | undefined> {
  const fact = await reader.get(facts, stockKey(clusterId))
  return fact && (JSON.parse(fact.value) as AddressStock)
}

async function writeStock(writer: Writer, clusterId: string, stock: AddressStock): Promise<void> {
  await writer.put(facts, { key: stockKey(clusterId), value: JSON.stringify(stock) })
}
