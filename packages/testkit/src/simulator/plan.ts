import { Chance } from './chance.ts'
import { type Fault, type FaultTable, makeFault } from './fault.ts'

export interface ServicePlan {
  readonly name: string
  /** As a user writes it. */
  readonly descriptor: Readonly<Record<string, unknown>>
  readonly instances: number
  readonly hasPort: boolean
  readonly oneShot?: { readonly exitCode: number }
  readonly disconnect: { readonly action: 'replace' | 'keep' | 'stop'; readonly afterMs?: number; readonly siteOnly: boolean }
}

/** A world and what happens to it: everything follows from a seed. */
export interface Plan {
  readonly clusters: Readonly<Record<string, readonly string[]>>
  readonly services: readonly ServicePlan[]
  /** In the order of time. */
  readonly faults: readonly Fault[]
}

type Range = readonly [min: number, max: number]

export interface Size {
  readonly clusters: Range
  readonly nodes: Range
  readonly services: Range
}

export const SIZES = {
  small: { clusters: [1, 2], nodes: [1, 3], services: [3, 8] },
  medium: { clusters: [1, 3], nodes: [1, 4], services: [4, 14] },
  large: { clusters: [1, 4], nodes: [1, 6], services: [5, 30] },
} as const satisfies Readonly<Record<string, Size>>

export interface PlanOptions {
  readonly seed: number
  readonly faults: number
  readonly size: Size
  readonly table: FaultTable
}

// Mean time between two faults: some meet others that are not over, some meet a system at rest.
const FAULT_EVERY_MS = 3_000

export function planRun({ seed, faults, size, table }: PlanOptions): Plan {
  const chance = Chance.of(seed)
  const clusters = planClusters(chance, size)
  const services = Array.from({ length: chance.between(...size.services) }, (_, index) => planService(chance, index))
  return { clusters, services, faults: planFaults(Chance.of(seed ^ 0x5eed), faults, table) }
}

function planClusters(chance: Chance, size: Size): Plan['clusters'] {
  const count = chance.between(...size.clusters)
  const nodesOf = (cluster: number) => Array.from({ length: chance.between(...size.nodes) }, (_, node) => `n${cluster}${node}`)
  return Object.fromEntries(Array.from({ length: count }, (_, cluster) => [`c${cluster}`, nodesOf(cluster)]))
}

function planFaults(chance: Chance, count: number, table: FaultTable): readonly Fault[] {
  const faults: Fault[] = []
  for (let atMs = 0; faults.length < count; ) {
    // Bursts: every third comes right after the one before.
    atMs += chance.below(3) === 0 ? chance.between(0, 50) : chance.between(0, 3 * FAULT_EVERY_MS)
    faults.push(makeFault(chance, atMs, table))
  }
  return faults
}

const DISCONNECTS: readonly (readonly [weight: number, policy: ServicePlan['disconnect']])[] = [
  [10, { action: 'replace', siteOnly: false }],
  [3, { action: 'replace', afterMs: 8_000, siteOnly: false }],
  [2, { action: 'replace', siteOnly: true }],
  [3, { action: 'keep', siteOnly: false }],
  [3, { action: 'stop', afterMs: 10_000, siteOnly: true }],
]

type Shape = (chance: Chance, index: number) => { readonly image: string; readonly more?: object; readonly exitCode?: number }

const SHAPES: readonly (readonly [weight: number, shape: Shape])[] = [
  [10, () => ({ image: 'run?' })],
  [4, (chance) => ({ image: `run?pull=${chance.between(100, 20_000)}` })],
  [2, (_chance, index) => ({ image: 'run?', more: { port: `${8000 + index}:80` } })],
  [2, () => ({ image: 'stubborn?', more: { stop_grace: 2 } })],
  [4, (chance) => ({ image: `exit?code=0&after=${chance.between(100, 30_000)}`, more: { one_shot: true }, exitCode: 0 })],
  [1, (chance) => ({ image: `exit?code=7&after=${chance.between(100, 5_000)}`, more: { one_shot: true }, exitCode: 7 })],
]

function planService(chance: Chance, index: number): ServicePlan {
  const { image, more, exitCode } = chance.weighted(SHAPES)(chance, index)
  const disconnect = chance.weighted(DISCONNECTS)
  const name = `s${index}`
  const hasPort = more !== undefined && 'port' in more
  return {
    name,
    descriptor: {
      microservice_name: name,
      // Each service has an image of its own, so that fetching it is part of its story.
      code: `fake://${image}&of=${name}`,
      memory: 1,
      vcpus: 0,
      disconnect: wordsOf(disconnect),
      ...more,
    },
    instances: hasPort ? 1 : chance.between(0, 3),
    hasPort,
    disconnect,
    ...(exitCode !== undefined && { oneShot: { exitCode } }),
  }
}

function wordsOf({ action, afterMs, siteOnly }: ServicePlan['disconnect']): object {
  return { policy: action, site_only: siteOnly, ...(afterMs !== undefined && { after: afterMs / 1000 }) }
}
