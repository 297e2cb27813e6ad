import type { Clock } from '@oakestra/base'

// As long as the kernel refuses by itself (`packages/net`): long enough for a client that tries in a loop, short enough for a new service.
const DENIED_MS = 2_000
// A scan of the range must not fill the memory; the oldest are nearly over anyway.
const DENIED_MAX = 4_096

/** Addresses that nobody had a moment ago. */
export class Denials {
  readonly #clock: Clock
  readonly #untilMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  has(address: string): boolean {
    return (this.#untilMs.get(address) ?? 0) > this.#clock.monotonicMs()
  }

  add(address: string): void {
    this.#untilMs.delete(address)
    this.#untilMs.set(address, this.#clock.monotonicMs() + DENIED_MS)
    const [oldest] = this.#untilMs.keys()
    if (this.#untilMs.size > DENIED_MAX && oldest !== undefined) this.#untilMs.delete(oldest)
  }
}
