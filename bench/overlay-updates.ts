import { setTimeout as wait } from 'node:timers/promises'
import { realClock, silentLogger } from '@oakestra/base'
import type { NetworkInput, ServiceEntry } from '../packages/net/src/network.ts'
import { createKernelSlowPath } from '../packages/net/src/slow-path/kernel-slow-path.ts'
import { median, percentile } from './measures.ts'
import { connectToEach, inputOf, type OverlayTestbed, repeatedFirstPackets, service, services } from './overlay-testbed.ts'

/** One change of many entries at once. */
export interface Update {
  readonly what: 'added' | 'led elsewhere'
  /** Before it. */
  readonly services: number
  readonly entries: number
  readonly ms: number
  /** What the kernel, listed afterwards, lacks or has too much. */
  readonly differences: number
}

/** First connections to addresses that nobody on the node has used, one after the other. */
export interface FirstConnections {
  /** That the node knows already. */
  readonly services: number
  readonly connections: number
  readonly failed: number
  /** The resolver's answer took so long, each time; it is not in what follows. */
  readonly resolverMs: number
  readonly p50Ms: number
  readonly maxMs: number
  /** Of the same connections when the address is known. */
  readonly knownP50Ms: number
  readonly repeatedPackets: number
}

const ENTRIES = [1, 1_000]
// As long as a question through cluster and root takes between cities.
const RESOLVER_MS = 20
/** Numbers of services that are in no table. */
const UNKNOWN_FROM = 20_000
/** Of entries that are added. */
const NEW_FROM = 30_000

/** Adds entries to so many, and leads some of those to another instance; leaves everything as it was. */
export async function measureUpdates(bed: OverlayTestbed, count: number): Promise<readonly Update[]> {
  const base = services(count)
  const updates: Update[] = []
  for (const entries of ENTRIES) {
    updates.push(await measureUpdate(bed, { what: 'added', base, entries, next: [...base, ...services(entries, NEW_FROM)] }))
    if (entries > count) continue
    const next = base.map((entry, index) => (index < entries ? service(index, true) : entry))
    updates.push(await measureUpdate(bed, { what: 'led elsewhere', base, entries, next }))
  }
  return updates
}

interface Change {
  readonly what: Update['what']
  readonly base: readonly ServiceEntry[]
  readonly entries: number
  readonly next: readonly ServiceEntry[]
}

async function measureUpdate({ network }: OverlayTestbed, { what, base, entries, next }: Change): Promise<Update> {
  await network.apply(inputOf(0, base))
  const input = inputOf(0, next)
  const startMs = performance.now()
  await network.apply(input)
  const ms = performance.now() - startMs
  const differences = (await network.verify(input)).length
  await network.apply(inputOf(0, base))
  const update = { what, services: base.length, entries, ms, differences }
  process.stdout.write(`${JSON.stringify({ bench: 'overlay-update', ...update })}\n`)
  return update
}

/** Connects to addresses that become known when they are asked for. */
export async function measureFirst(bed: OverlayTestbed, count: number, connections: number): Promise<FirstConnections> {
  const { network, near, client } = bed
  const bare: NetworkInput = { ...inputOf(0, services(count)), asksForUnknown: true }
  const addresses = Array.from({ length: connections }, (_, index) => service(UNKNOWN_FROM + index).v4 ?? '')
  const found: ServiceEntry[] = []
  const waited: number[] = []
  await network.apply(bare)
  const resolve = async () => {
    const startMs = performance.now()
    await wait(RESOLVER_MS)
    waited.push(performance.now() - startMs)
    found.push(service(UNKNOWN_FROM + found.length))
    await network.apply({ ...bare, services: [...bare.services, ...found] })
    return true
  }
  const slowPath = await createKernelSlowPath({ tag: bed.nearTag, clock: realClock, logger: silentLogger, hostNetns: near.path, resolve })
  try {
    const before = await repeatedFirstPackets(client)
    const times = await connectToEach(client, addresses)
    const repeatedPackets = (await repeatedFirstPackets(client)) - before
    const known = numbersOf(await connectToEach(client, addresses))
    const beyond = numbersOf(times).map((ms, at) => ms - (waited[at] ?? Number.NaN))
    const first = {
      services: count,
      connections,
      failed: connections - beyond.length,
      resolverMs: median(waited),
      p50Ms: median(beyond),
      maxMs: percentile(beyond, 1),
      knownP50Ms: median(known),
      repeatedPackets,
    }
    process.stdout.write(`${JSON.stringify({ bench: 'overlay-first', ...first, values: times })}\n`)
    return first
  } finally {
    await slowPath[Symbol.asyncDispose]()
    await network.apply(inputOf(0, services(count)))
  }
}

function numbersOf(values: readonly (number | string)[]): readonly number[] {
  return values.filter((value) => typeof value === 'number')
}
