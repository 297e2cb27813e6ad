import { readFileSync } from 'node:fs'
import { median } from './measures.ts'
import { repeated, throughput } from './overlay-testbed.ts'

/** A way from one namespace to an address. */
export interface PathEnds {
  readonly what: string
  readonly from: string
  readonly address: string
}

/** Medians over the rounds of one group. */
export interface PathMeasures {
  readonly what: string
  /** Entries in the near node's tables meanwhile. */
  readonly services: number
  readonly gbits1: number
  readonly gbits4: number
  /** Of all processors together, kernel included, with one stream. */
  readonly cpuSecondsPerGb: number
  readonly roundTripUs: number
  readonly roundTripP99Us: number
  readonly connectionsPerSecond: number
}

/** How many times as much as the plain tunnel had a moment before or after: medians over the rounds. */
export type PathRatios = Readonly<Record<'gbits1' | 'gbits4' | 'cpuSecondsPerGb' | 'roundTripUs' | 'connectionsPerSecond', number>>

export interface MeasuredPath {
  readonly measures: PathMeasures
  readonly ratios: PathRatios
}

export interface GroupOptions {
  readonly rounds: number
  readonly seconds: number
  readonly services: number
}

type Numbers = Omit<PathMeasures, 'what' | 'services'>

/**
 * Measures several ways in turns, the first of which is what the others are compared with: whatever else the machine does
 * is in all of them, and a ratio is one of neighbours in time.
 */
export async function measureGroup(
  paths: readonly PathEnds[],
  { rounds, seconds, services }: GroupOptions,
): Promise<readonly MeasuredPath[]> {
  const all = paths.map(() => [] as Numbers[])
  for (let round = 0; round < rounds; round += 1) for (const [at, path] of paths.entries()) all[at]?.push(await measureOnce(path, seconds))
  const [base = []] = all
  return paths.map(({ what }, at) => {
    const each = all[at] ?? []
    const measures = { what, services, ...medians(each) }
    const ratios = medians(each.map((numbers, round) => quotients(numbers, base[round] ?? numbers)))
    process.stdout.write(`${JSON.stringify({ bench: 'overlay', ...measures, ratios, rounds: each })}\n`)
    return { measures, ratios }
  })
}

async function measureOnce({ from, address }: PathEnds, seconds: number): Promise<Numbers> {
  const busyBefore = busySeconds()
  const gbits1 = await throughput(from, address, 1, seconds)
  const cpuSecondsPerGb = (busySeconds() - busyBefore) / ((gbits1 / 8) * seconds)
  const gbits4 = await throughput(from, address, 4, seconds)
  const turns = await repeated(from, 'turns', address, seconds / 2)
  const rate = await repeated(from, 'rate', address, seconds / 2)
  return {
    gbits1,
    gbits4,
    cpuSecondsPerGb,
    roundTripUs: turns.p50Us,
    roundTripP99Us: turns.p99Us,
    connectionsPerSecond: rate.perSecond,
  }
}

function medians(each: readonly Numbers[]): Numbers {
  const of = (name: keyof Numbers) => median(each.map((numbers) => numbers[name]))
  return {
    gbits1: of('gbits1'),
    gbits4: of('gbits4'),
    cpuSecondsPerGb: of('cpuSecondsPerGb'),
    roundTripUs: of('roundTripUs'),
    roundTripP99Us: of('roundTripP99Us'),
    connectionsPerSecond: of('connectionsPerSecond'),
  }
}

function quotients(numbers: Numbers, base: Numbers): Numbers {
  const entries = Object.entries(numbers).map(([name, value]) => [name, value / base[name as keyof Numbers]])
  return Object.fromEntries(entries) as Numbers
}

/** Of all processors since the machine started: everything but idle and waiting (proc(5), `/proc/stat`, in hundredths of a second). */
function busySeconds(): number {
  const [, user, nice, system, , , irq, softirq] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).map(Number)
  return [user, nice, system, irq, softirq].reduce<number>((sum, ticks) => sum + (ticks ?? 0), 0) / 100
}
