import type { Clock, Timer } from '@oakestra/base'

/** The clock of one machine: monotonic time is everybody's, wall time its own, so that it can be set wrong. */
export class RoleClock implements Clock {
  readonly #shared: Clock
  #wallOffsetMs = 0

  constructor(shared: Clock) {
    this.#shared = shared
  }

  wallMs(): number {
    return this.#shared.wallMs() + this.#wallOffsetMs
  }

  monotonicMs(): number {
    return this.#shared.monotonicMs()
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#shared.after(delayMs, callback)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return this.#shared.sleep(delayMs, signal)
  }

  jumpWall(deltaMs: number): void {
    this.#wallOffsetMs += deltaMs
  }
}
