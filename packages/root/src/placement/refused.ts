import type { Clock, Timer } from '@oakestra/base'

/** Placements tried in one go: some milliseconds of work, between which others have their turn. */
const BATCH = 200
/** Between goes of which the last one placed something, or is not through yet. */
const EAGER_MS = 20
/** Between goes of which the last one was in vain. */
const SPACING_MS = 500

/**
 * Instances that no cluster could take at the last try. When there is more room somewhere all of them are tried again, a batch
 * at a time: clusters tell of their room ten times a second, and ten thousand may wait.
 */
export class Refused {
  readonly #clock: Clock
  readonly #retry: (instanceId: string) => void
  readonly #waiting = new Set<string>()
  readonly #due = new Set<string>()
  #tried: readonly string[] = []
  #triedAtMs = 0
  #timer: Timer | undefined

  constructor(clock: Clock, retry: (instanceId: string) => void) {
    this.#clock = clock
    this.#retry = retry
  }

  add(instanceId: string): void {
    this.#waiting.add(instanceId)
  }

  delete(instanceId: string): void {
    this.#waiting.delete(instanceId)
    this.#due.delete(instanceId)
  }

  /** There may be room for what was refused until now. */
  roomGrew(): void {
    for (const instanceId of this.#waiting) this.#due.add(instanceId)
    this.#timer ??= this.#clock.after(EAGER_MS, () => this.#go())
  }

  close(): void {
    this.#timer?.cancel()
    this.#waiting.clear()
    this.#due.clear()
  }

  #go(): void {
    this.#timer = undefined
    if (this.#due.size === 0) return
    const waitMs = this.#wasInVain() ? this.#triedAtMs + SPACING_MS - this.#clock.monotonicMs() : 0
    if (waitMs <= 0) this.#tryBatch()
    this.#timer = this.#clock.after(Math.max(EAGER_MS, waitMs), () => this.#go())
  }

  #tryBatch(): void {
    this.#tried = [...this.#due].slice(0, BATCH)
    this.#triedAtMs = this.#clock.monotonicMs()
    for (const instanceId of this.#tried) {
      this.delete(instanceId)
      this.#retry(instanceId)
    }
  }

  /** What was tried and waits again was refused again. */
  #wasInVain(): boolean {
    return this.#tried.length > 0 && this.#tried.every((instanceId) => this.#waiting.has(instanceId))
  }
}
