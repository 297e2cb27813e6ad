import type { Clock, Timer } from '@oakestra/base'

/**
 * Gathers nudges into few calls: the first in a quiet time is passed on almost at once, those that follow within
 * `spacingMs` together at its end.
 */
export class Gather {
  readonly #clock: Clock
  readonly #firstMs: number
  readonly #spacingMs: number
  readonly #call: () => Promise<void>
  readonly #onFailure: (thrown: unknown) => void
  #timer: Timer | undefined
  #running = false
  #again = false
  #lastMs = Number.NEGATIVE_INFINITY
  #closed = false

  /** @param onFailure is told when a call fails; later nudges call again. */
  constructor(
    options: { readonly clock: Clock; readonly firstMs: number; readonly spacingMs: number },
    call: () => Promise<void>,
    onFailure: (thrown: unknown) => void,
  ) {
    this.#clock = options.clock
    this.#firstMs = options.firstMs
    this.#spacingMs = options.spacingMs
    this.#call = call
    this.#onFailure = onFailure
  }

  nudge(): void {
    if (this.#closed) return
    if (this.#running) this.#again = true
    else if (!this.#timer) {
      const quietMs = this.#clock.monotonicMs() - this.#lastMs
      this.#timer = this.#clock.after(Math.max(this.#firstMs, this.#spacingMs - quietMs), () => void this.#run())
    }
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
  }

  async #run(): Promise<void> {
    this.#timer = undefined
    this.#running = true
    this.#lastMs = this.#clock.monotonicMs()
    try {
      await this.#call()
    } catch (thrown) {
      this.#onFailure(thrown)
    } finally {
      this.#running = false
    }
    if (!this.#again) return
    this.#again = false
    this.nudge()
  }
}
