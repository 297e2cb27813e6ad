import type { RoleUnit } from '../units.ts'
import type { FaultyStore } from './faulty-store.ts'
import type { RoleClock } from './role-clock.ts'

export type Tier = 'root' | 'cluster' | 'node'

export interface RoleParts {
  readonly tier: Tier
  readonly name: string
  readonly unit: RoleUnit
  readonly clock: RoleClock
  readonly store: FaultyStore
  /** What its machine does when the process is gone: every connection to and from it breaks off. */
  readonly dropConnections: () => void
  readonly onDown: () => void
  readonly onUp: () => void
}

// A supervisor tries again after this time.
const START_AGAIN_MS = 1_000

/** One process, as whoever can kill it sees it: it is started again after a while, as a supervisor does. */
export class Role {
  readonly tier: Tier
  readonly name: string
  readonly unit: RoleUnit
  readonly clock: RoleClock
  readonly store: FaultyStore
  readonly #parts: RoleParts
  #isUp = true

  constructor(parts: RoleParts) {
    this.#parts = parts
    this.tier = parts.tier
    this.name = parts.name
    this.unit = parts.unit
    this.clock = parts.clock
    this.store = parts.store
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** It dies when it is about to do its `acts`th act from now, and comes back `downMs` later. */
  killAt(acts: number, downMs: number): void {
    if (this.#isUp) this.unit.fence.killAt(acts, () => this.#died(downMs))
  }

  /** Its machine is without power: it is gone, and nobody is told. */
  losePower(downMs: number): void {
    if (!this.#isUp) return
    this.unit.fence.kill()
    this.#goDown(downMs)
  }

  /** It is asked to end, and started again later; `meanwhile` is done while it is down. */
  stopFor(downMs: number, meanwhile: () => void = () => undefined): void {
    if (!this.#isUp) return
    this.unit.fence.spare()
    this.#goDown(downMs, meanwhile)
  }

  #died(downMs: number): void {
    this.#parts.dropConnections()
    this.#goDown(downMs)
  }

  #goDown(downMs: number, meanwhile: () => void = () => undefined): void {
    this.#isUp = false
    this.#parts.onDown()
    void this.#cycle(downMs, meanwhile)
  }

  async #cycle(downMs: number, meanwhile: () => void): Promise<void> {
    // What a dead process still tries is refused by its fence, and may fail.
    await this.unit.stop().catch(() => undefined)
    await this.clock.sleep(downMs)
    meanwhile()
    while (this.store.isFull) await this.clock.sleep(START_AGAIN_MS)
    this.unit.fence.revive()
    await this.unit.start()
    this.#isUp = true
    this.#parts.onUp()
  }
}
