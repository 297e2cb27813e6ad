import { checkAtRest } from './at-rest.ts'
import { ALL_FAULTS, BACKUPS, describeFault, type Fault, type FaultTable, PARTITIONS, RESTARTS } from './fault.ts'
import { NumberBook } from './number-book.ts'
import { perform } from './perform.ts'
import { planRun, SIZES } from './plan.ts'
import { Watch } from './watch.ts'
import { World } from './world.ts'

export interface SimulationOptions {
  readonly seed: number
  readonly faults: number
  readonly size?: keyof typeof SIZES
  readonly campaign?: Campaign
  /** Only these of the faults, by their place in the plan; all when absent. */
  readonly only?: readonly number[]
  readonly keepTrace?: boolean
}

export type Campaign = 'all' | 'partitions' | 'backups' | 'restarts'

export interface SimulationResult {
  readonly seed: number
  /** Sentences; none when everything held. */
  readonly failures: readonly string[]
  /** What was done, a line each. */
  readonly faults: readonly string[]
  /** The same for every run of the same options. */
  readonly digest: string
  readonly trace: readonly string[]
  readonly virtualMs: number
  /** Starts of processes. */
  readonly starts: number
}

const TABLES: Readonly<Record<Campaign, FaultTable>> = {
  all: ALL_FAULTS,
  partitions: PARTITIONS,
  backups: BACKUPS,
  restarts: RESTARTS,
}
// The brake of a mass failure, the grace of a cluster and the longest backoff follow each other within this time.
const REST_MAX_MS = 900_000
const LOOK_EVERY_MS = 5_000
// A period of every reconciler: what would be undone by one is seen.
const STAY_MS = 65_000

/** Plays one seeded world with its faults, repairs everything, waits until it rests, and checks what must hold. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, faults: count, size = 'medium', campaign = 'all', only, keepTrace = false } = options
  const plan = planRun({ seed, faults: count, size: SIZES[size], table: TABLES[campaign] })
  const faults = only ? plan.faults.filter((_, index) => only.includes(index)) : plan.faults
  const world = await World.create(plan, { seed, keepTrace })
  try {
    const failures = await play(world, faults)
    const { trace, clock, ledger } = world.surroundings
    return {
      seed,
      failures,
      faults: faults.map(describeFault),
      digest: trace.digest(),
      trace: trace.lines,
      virtualMs: clock.monotonicMs(),
      starts: ledger.lives.length,
    }
  } finally {
    await world.end()
  }
}

async function play(world: World, faults: readonly Fault[]): Promise<readonly string[]> {
  const watch = new Watch(world)
  const numbers = new NumberBook(world.root.store)
  await deployFirst(world)
  await suffer(world, faults)
  const unrest = await rest(world)
  // A root that forgot a number may give it once more.
  return [...watch.failures, ...(world.users.wasAnythingForgotten ? [] : numbers.failures), ...unrest]
}

const FIRST_MS = 2_000

async function deployFirst(world: World): Promise<void> {
  for (const service of world.users.services) {
    for (let count = 0; count < service.plan.instances; count += 1) world.users.deploy(service)
  }
  await world.surroundings.clock.advance(FIRST_MS)
}

async function suffer(world: World, faults: readonly Fault[]): Promise<void> {
  const { clock, trace } = world.surroundings
  const startMs = clock.monotonicMs()
  for (const fault of faults) {
    await clock.advance(Math.max(0, startMs + fault.atMs - clock.monotonicMs()))
    trace.note(`fault: ${describeFault(fault)}`)
    perform(world, fault)
  }
}

/** Until everything holds and goes on holding; gives what did not in the end. */
async function rest(world: World): Promise<readonly string[]> {
  const { clock, ledger } = world.surroundings
  for (const { unit } of world.roles) unit.fence.spare()
  const endMs = clock.monotonicMs() + REST_MAX_MS
  let wrong: readonly string[] = ['nobody looked']
  while (wrong.length > 0 && clock.monotonicMs() < endMs) {
    await clock.advance(LOOK_EVERY_MS)
    wrong = world.isDisturbed ? ['faults go on'] : checkAtRest(world)
  }
  if (wrong.length > 0) return wrong
  const starts = ledger.lives.length
  await clock.advance(STAY_MS)
  const restless = ledger.lives.length - starts
  return [...checkAtRest(world), ...(restless > 0 ? [`${restless} processes were started while everything was at rest`] : [])]
}
