import { Mutex } from '@oakestra/base'

/** One section at a time per key; keys that nobody uses cost nothing. */
export class KeyedMutex {
  readonly #entries = new Map<string, { readonly mutex: Mutex; users: number }>()

  /** True while a section of this key runs or waits. */
  isBusy(key: string): boolean {
    return this.#entries.has(key)
  }

  async run<T>(key: string, section: () => Promise<T>): Promise<T> {
    const entry = this.#entries.get(key) ?? { mutex: new Mutex(), users: 0 }
    this.#entries.set(key, entry)
    entry.users += 1
    try {
      return await entry.mutex.run(section)
    } finally {
      entry.users -= 1
      if (entry.users === 0) this.#entries.delete(key)
    }
  }
}
