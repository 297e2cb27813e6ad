import type { Clock } from '@oakestra/base'

const FAILURES_MAX = 10
const FORGET_MS = 60_000
// About 100 KB; the longest remembered goes first when strangers come from everywhere.
const ADDRESSES_MAX = 1000

interface Count {
  readonly sinceMs: number
  failures: number
}

/** Slows down who guesses: after ten refusals within a minute an address has to wait for the next one. Successes are free. */
export class FailedAttempts {
  readonly #clock: Clock
  readonly #counts = new Map<string, Count>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  isBlocked(address: string): boolean {
    return (this.#current(address)?.failures ?? 0) >= FAILURES_MAX
  }

  add(address: string): void {
    const count = this.#current(address)
    if (count) {
      count.failures += 1
      return
    }
    this.#counts.delete(address)
    this.#counts.set(address, { sinceMs: this.#clock.monotonicMs(), failures: 1 })
    const [oldest] = this.#counts.keys()
    if (this.#counts.size > ADDRESSES_MAX && oldest !== undefined) this.#counts.delete(oldest)
  }

  #current(address: string): Count | undefined {
    const count = this.#counts.get(address)
    return count && this.#clock.monotonicMs() - count.sinceMs < FORGET_MS ? count : undefined
  }
}
