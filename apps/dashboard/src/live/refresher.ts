import type { Clock } from '@oakestra/base'
import type { CacheKey } from './stale-keys.ts'

/** Between two readings of the same: a burst of changes is shown a few times a second, not a hundred times. */
const APART_MS = 300

/**
 * Reads again what is out of date. What becomes stale while it is being read is read once more afterwards: calling the
 * first reading off instead would, under a steady stream of changes, never show anything.
 */
export class Refresher {
  readonly #read: (key: CacheKey) => Promise<unknown>
  readonly #clock: Clock
  /** What is being read, or was a moment ago; true when it has to be read again. */
  readonly #reading = new Map<string, boolean>()

  constructor(read: (key: CacheKey) => Promise<unknown>, clock: Clock) {
    this.#read = read
    this.#clock = clock
  }

  refresh(key: CacheKey): void {
    const name = key.join('/')
    if (this.#reading.has(name)) this.#reading.set(name, true)
    else void this.#run(name, key)
  }

  async #run(name: string, key: CacheKey): Promise<void> {
    do {
      this.#reading.set(name, false)
      await this.#read(key).catch(() => undefined)
      await this.#clock.sleep(APART_MS)
    } while (this.#reading.get(name))
    this.#reading.delete(name)
  }
}
