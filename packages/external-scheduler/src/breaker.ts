/** Failures in a row after which nobody is asked for a while. */
const FAILURES_MAX = 3

/** Long enough that a broken scheduler slows nothing down, short enough that nobody restarts us for its sake. */
const PAUSE_MS = 30_000

/**
 * Keeps a scheduler that fails from being asked again and again. After the pause a single question finds out whether it
 * answers again. Times are monotonic milliseconds.
 */
export class Breaker {
  #failures = 0
  #openUntilMs = 0
  #isProbing = false

  /** How long nobody may ask yet; 0 for one who may: its end is told by one of the others. */
  admit(nowMs: number): number {
    if (this.#failures < FAILURES_MAX) return 0
    if (nowMs < this.#openUntilMs) return this.#openUntilMs - nowMs
    // The probe ends within the timeout of one question.
    if (this.#isProbing) return 1
    this.#isProbing = true
    return 0
  }

  /** True when it had been given up before. */
  succeeded(): boolean {
    const wasOpen = this.#failures >= FAILURES_MAX
    this.#failures = 0
    this.#isProbing = false
    return wasOpen
  }

  /** True when it is given up by this failure. */
  failed(nowMs: number): boolean {
    this.#failures += 1
    this.#isProbing = false
    if (this.#failures < FAILURES_MAX) return false
    this.#openUntilMs = nowMs + PAUSE_MS
    return this.#failures === FAILURES_MAX
  }

  /** Nothing was asked after all, or who asked went away before the answer: that says nothing about the scheduler. */
  calledOff(): void {
    this.#isProbing = false
  }
}
