import { type Clock, sleepOn, type Timer } from '../clock.ts'
import { TimerHeap } from './timer-heap.ts'

/**
 * A clock that moves only when told to. Timers run in the order of their time, then of their making.
 * What runs between two timers is the event loop's own: promises and immediates, whose order does not depend on the machine.
 */
export class VirtualClock implements Clock {
  #nowMs = 0
  #wallOffsetMs: number
  readonly #timers = new TimerHeap()

  constructor(wallStartMs = Date.UTC(2026, 0, 1)) {
    this.#wallOffsetMs = wallStartMs
  }

  wallMs(): number {
    return this.#wallOffsetMs + this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#timers.add(this.#nowMs + Math.max(0, delayMs), callback)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal)
  }

  /** Moves wall time alone, as a person or a time server would. */
  jumpWall(deltaMs: number): void {
    this.#wallOffsetMs += deltaMs
  }

  /** Runs everything due within `durationMs`, letting promises settle between timers. */
  async advance(durationMs: number): Promise<void> {
    const endMs = this.#nowMs + durationMs
    await settle()
    for (let next = this.#timers.takeDue(endMs); next; next = this.#timers.takeDue(endMs)) {
      this.#nowMs = next.atMs
      next.callback()
      await settle()
    }
    this.#nowMs = endMs
  }
}

/**
 * Lets all promise reactions and immediates that are ready run. Two turns: what was started by a promise may wait for an
 * immediate of its own, such as a hop of a network without delay.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
