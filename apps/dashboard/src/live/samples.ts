/** What an instance used at one moment. */
export interface Sample {
  readonly timeMs: number
  readonly cpuPercent: number
  readonly memoryBytes: number
}

/** How busy a node was at one moment, or the nodes of a cluster on average. */
export interface Load {
  readonly timeMs: number
  readonly cpuPercent: number
  readonly memoryPercent: number
}

/** Twenty minutes at one sample in two seconds. */
const SAMPLES_MAX = 600
/** Things remembered: more are not looked at from one page. */
const THINGS_MAX = 500

/** The newest numbers of instances, or of machines, as they arrive. */
export class SampleStore<T extends { readonly timeMs: number } = Sample> {
  readonly #samples = new Map<string, readonly T[]>()
  readonly #listeners = new Map<string, Set<() => void>>()

  add(id: string, sample: T): void {
    const known = this.#samples.get(id) ?? NONE
    const last = known.at(-1)
    if (last && sample.timeMs <= last.timeMs) return
    this.#samples.delete(id)
    this.#samples.set(id, [...known.slice(-SAMPLES_MAX + 1), sample])
    const [oldest] = this.#samples.keys()
    if (this.#samples.size > THINGS_MAX && oldest !== undefined) this.#samples.delete(oldest)
    for (const listener of this.#listeners.get(id) ?? []) listener()
  }

  of(id: string): readonly T[] {
    return this.#samples.get(id) ?? NONE
  }

  subscribe(id: string, changed: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    this.#listeners.set(id, listeners)
    listeners.add(changed)
    return () => {
      listeners.delete(changed)
      if (listeners.size === 0) this.#listeners.delete(id)
    }
  }
}

const NONE: readonly never[] = []
