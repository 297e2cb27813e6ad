import type { Clock } from '@oakestra/base'

const WINDOW_MS = 60_000
/** Of one address a minute. More of the same says no more, and would push older entries out. */
const LISTED_MAX = 30
/** Addresses remembered; when there are more the oldest is forgotten. */
const ADDRESSES_MAX = 1_000

/** What is to become of a refusal: written down, written down as the last one of this minute, or left out. */
export type Listing = 'listed' | 'last' | 'left-out'

/** Keeps somebody who is refused all the time from filling the audit log. */
export class RefusalThrottle {
  readonly #clock: Clock
  readonly #counters = new Map<string, { count: number; readonly endsMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  count(address: string): Listing {
    const counter = this.#counterOf(address)
    counter.count += 1
    if (counter.count === LISTED_MAX) return 'last'
    return counter.count < LISTED_MAX ? 'listed' : 'left-out'
  }

  #counterOf(address: string): { count: number } {
    const nowMs = this.#clock.monotonicMs()
    const known = this.#counters.get(address)
    if (known && known.endsMs > nowMs) return known
    this.#counters.delete(address)
    const [oldest] = this.#counters.keys()
    if (this.#counters.size >= ADDRESSES_MAX && oldest !== undefined) this.#counters.delete(oldest)
    const counter = { count: 0, endsMs: nowMs + WINDOW_MS }
    this.#counters.set(address, counter)
    return counter
  }
}
