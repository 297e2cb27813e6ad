/**
 * Owns things with a lifetime and disposes of them in reverse order. What the platform's `AsyncDisposableStack` is from
 * Node.js 24 on. Use with `await using` while things are being built, and `move` them to their owner when all are.
 */
export class Disposal implements AsyncDisposable {
  #owned: (() => PromiseLike<void> | void)[] = []

  use<T extends AsyncDisposable>(value: T): T {
    this.#owned.push(() => value[Symbol.asyncDispose]())
    return value
  }

  defer(dispose: () => PromiseLike<void> | void): void {
    this.#owned.push(dispose)
  }

  /** Hands everything to a new owner; this one then owns nothing. */
  move(): Disposal {
    const next = new Disposal()
    next.#owned = this.#owned
    this.#owned = []
    return next
  }

  /** Disposes of everything, also when some of it fails; then throws the first failure. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = []
    for (let dispose = this.#owned.pop(); dispose; dispose = this.#owned.pop()) {
      try {
        await dispose()
      } catch (thrown) {
        failures.push(thrown)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
