import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import { estimateRttMs, type GeoPoint, isCertain, type NetworkCoordinates, type NodeFacts } from '@oakestra/model'
import type { Network } from '@oakestra/net'
import type { Runtime } from '@oakestra/runtime'
import { Gather } from '@oakestra/session'
import type { Machine } from './machine.ts'
import { RuntimeWatch } from './ready-runtimes.ts'

// A disk that fills up or a runtime that died is known to the scheduler within this time.
const LOOK_MS = 30_000
// A daemon of routes announces thousands in a moment: they are looked at together, and no more than once a second.
const ROUTES_GATHER = { firstMs: 50, spacingMs: 1_000 }
// Free storage that moved less, as a share of what was said last, decides nothing.
const STORAGE_STEP = 0.1
// Whoever chooses by latency thinks in milliseconds.
const COORDINATES_STEP_MS = 2

/** What is said of this node that follows from its configuration alone. */
export interface ConfiguredFacts {
  readonly name: string
  /** Address under which published ports answer. */
  readonly address: string
  readonly version: string
  /** `key=value`. */
  readonly labels?: readonly string[]
  readonly location?: GeoPoint
  readonly addons?: readonly string[]
  readonly csiDrivers?: readonly string[]
}

export interface FactsDeps {
  readonly configured: ConfiguredFacts
  readonly machine: Machine
  readonly runtime: Runtime
  readonly network: Network
  /** What is known of the node's end of the tunnel, and of its distance to others. */
  readonly overlay: () => Pick<NodeFacts, 'tunnel' | 'coordinates'>
  readonly clock: Clock
  readonly logger: Logger
  /** Told when the facts are no longer what was said last. */
  readonly onChange: () => void
}

interface Moving {
  readonly coordinates?: NetworkCoordinates
  readonly storageFreeMiB: number
  /** What the machine routes elsewhere: it may get a network of its own at any time. */
  readonly occupiedPrefixes: readonly string[]
  readonly virtualizations: readonly string[]
  /** What runtimes say of themselves. */
  readonly runtimeLabels: readonly string[]
  readonly faults: Readonly<Record<string, string>>
}

/** Says what this machine is and has, and notices when that changes. */
export class FactsKeeper implements Disposable {
  readonly #deps: FactsDeps
  readonly #runtimes: RuntimeWatch
  readonly #routes: Gather
  #said: Moving | undefined
  #timer: Timer | undefined
  #unwatch: (() => void) | undefined
  #isWatching = false
  #isClosed = false

  constructor(deps: FactsDeps) {
    this.#deps = deps
    this.#runtimes = new RuntimeWatch(deps.runtime, deps.logger)
    this.#routes = new Gather({ clock: deps.clock, ...ROUTES_GATHER }, () => this.#compare(), noFailure)
    this.#schedule()
  }

  /** Everything; what it says counts as said. */
  async gather(): Promise<NodeFacts> {
    const { configured, machine, overlay } = this.#deps
    await this.#watchRoutes()
    const moving = await this.#look()
    this.#said = moving
    const { architecture, vcpus, memoryMiB } = machine
    const own = { architecture, vcpus, memoryMiB, vgpus: 0 }
    const { runtimeLabels, faults, ...rest } = moving
    const labels = [...(configured.labels ?? []), ...runtimeLabels]
    const hasFaults = Object.keys(faults).length > 0
    return { ...configured, ...own, ...overlay(), ...rest, ...(labels.length > 0 && { labels }), ...(hasFaults && { faults }) }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#routes.close()
    this.#unwatch?.()
  }

  #schedule(): void {
    if (!this.#isClosed) this.#timer = this.#deps.clock.after(LOOK_MS, () => void this.#lookNowAndThen())
  }

  async #lookNowAndThen(): Promise<void> {
    await this.#watchRoutes()
    await this.#compare()
    this.#schedule()
  }

  /** A network of the machine that collides with the overlay is to be known before anything is placed into it. */
  async #watchRoutes(): Promise<void> {
    if (this.#isWatching || this.#isClosed) return
    this.#isWatching = true
    try {
      const unwatch = await this.#deps.network.watchRoutes?.(() => this.#routes.nudge())
      if (this.#isClosed) unwatch?.()
      else this.#unwatch = unwatch
    } catch (thrown) {
      this.#isWatching = false
      this.#deps.logger.debug('changes of routes are not heard', { err: toOakError(thrown).message })
    }
  }

  async #compare(): Promise<void> {
    try {
      if (this.#said && hasMoved(this.#said, await this.#look()) && !this.#isClosed) this.#deps.onChange()
    } catch (thrown) {
      this.#deps.logger.debug('could not look at the machine', { err: toOakError(thrown).message })
    }
  }

  async #look(): Promise<Moving> {
    const { machine, network, overlay } = this.#deps
    const asked = [machine.storageFreeMiB(), network.occupiedPrefixes(), this.#runtimes.look()] as const
    const [storageFreeMiB, occupiedPrefixes, ready] = await Promise.all(asked)
    const { coordinates } = overlay()
    const { virtualizations, labels: runtimeLabels, faults } = ready
    return { storageFreeMiB, occupiedPrefixes, virtualizations, runtimeLabels, faults, ...(coordinates && { coordinates }) }
  }
}

/** `#compare` says itself what it could not. */
function noFailure(): void {}

function hasMoved(said: Moving, now: Moving): boolean {
  const words = ({ occupiedPrefixes, virtualizations, runtimeLabels, faults }: Moving) =>
    JSON.stringify([occupiedPrefixes, virtualizations, runtimeLabels, faults])
  if (words(said) !== words(now) || isElsewhere(said.coordinates, now.coordinates)) return true
  return Math.abs(now.storageFreeMiB - said.storageFreeMiB) > said.storageFreeMiB * STORAGE_STEP
}

/** Coordinates wander for ever; what counts is whether they can be believed now, and whether estimates differ. */
function isElsewhere(said: NetworkCoordinates | undefined, now: NetworkCoordinates | undefined): boolean {
  if (!now || !isCertain(now)) return false
  if (!said || !isCertain(said)) return true
  return estimateRttMs({ ...said, heightMs: 0 }, { ...now, heightMs: 0 }) + Math.abs(said.heightMs - now.heightMs) > COORDINATES_STEP_MS
}
