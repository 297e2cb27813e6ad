import type { Clock } from '@oakestra/base'

/**
 * Remaining times that a clock set forwards or back cannot stretch. Times to come are kept on disk as wall time; from the
 * moment one is first seen it is counted on the monotonic clock.
 */
export class Deadlines {
  readonly #clock: Clock
  readonly #seen = new Map<string, { readonly dueAtMs: number; readonly dueMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Milliseconds until the wall time `dueAtMs`, as it was when this was first asked under `key`; 0 when it is over.
   * @param longestMs it can never have been further away than this: a clock that says otherwise was set back
   */
  remainingMs(key: string, dueAtMs: number, longestMs: number): number {
    const nowMs = this.#clock.monotonicMs()
    const known = this.#seen.get(key)
    if (known?.dueAtMs === dueAtMs) return Math.max(0, known.dueMs - nowMs)
    const leftMs = Math.min(longestMs, Math.max(0, dueAtMs - this.#clock.wallMs()))
    this.#seen.set(key, { dueAtMs, dueMs: nowMs + leftMs })
    return leftMs
  }

  forget(key: string): void {
    this.#seen.delete(key)
  }
}
