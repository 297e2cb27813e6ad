import { type Clock, sleepOn, type Timer } from '../clock.ts'

interface Pending {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
}

/** A clock that moves only when told to. Timers run in the order of their time, then of their making. */
export class VirtualClock implements Clock {
  #nowMs = 0
  #wallOffsetMs: number
  #order = 0
  readonly #pending = new Set<Pending>()

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
    this.#order += 1
    const pending = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, callback }
    this.#pending.add(pending)
    return { cancel: () => void this.#pending.delete(pending) }
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
    for (let next = this.#nextDue(endMs); next; next = this.#nextDue(endMs)) {
      this.#pending.delete(next)
      this.#nowMs = next.atMs
      next.callback()
      await settle()
    }
    this.#nowMs = endMs
  }

  #nextDue(endMs: number): Pending | undefined {
    let first: Pending | undefined
    for (const pending of this.#pending) {
      if (pending.atMs > endMs) continue
      if (!first || pending.atMs < first.atMs || (pending.atMs === first.atMs && pending.order < first.order)) first = pending
    }
    return first
  }
}

/** Lets all promise reactions and immediates that are ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
}
