/** Lets one waiter sleep until something happened; what happens while nobody waits is not forgotten. */
export class Nudge {
  #isSet = false
  #wake: (() => void) | undefined

  set(): void {
    this.#isSet = true
    this.#wake?.()
  }

  /** Resolves at once when `set` was called since the last time. */
  async wait(): Promise<void> {
    if (!this.#isSet) await new Promise<void>((resolve) => (this.#wake = resolve))
    this.#wake = undefined
    this.#isSet = false
  }
}
