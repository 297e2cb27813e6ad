/** What an instance used at one moment. */
export interface Sample {
  readonly timeMs: number
  readonly cpuPercent: number
  readonly memoryBytes: number
}

/** Twenty minutes at one sample in two seconds. */
const SAMPLES_MAX = 600
/** Instances remembered: more are not looked at from one page. */
const INSTANCES_MAX = 500

/** The newest numbers of instances, as they arrive. */
export class SampleStore {
  readonly #samples = new Map<string, readonly Sample[]>()
  readonly #listeners = new Map<string, Set<() => void>>()

  add(instanceId: string, sample: Sample): void {
    const known = this.#samples.get(instanceId) ?? NONE
    const last = known.at(-1)
    if (last && sample.timeMs <= last.timeMs) return
    this.#samples.delete(instanceId)
    this.#samples.set(instanceId, [...known.slice(-SAMPLES_MAX + 1), sample])
    const [oldest] = this.#samples.keys()
    if (this.#samples.size > INSTANCES_MAX && oldest !== undefined) this.#samples.delete(oldest)
    for (const listener of this.#listeners.get(instanceId) ?? []) listener()
  }

  of(instanceId: string): readonly Sample[] {
    return this.#samples.get(instanceId) ?? NONE
  }

  subscribe(instanceId: string, changed: () => void): () => void {
    const listeners = this.#listeners.get(instanceId) ?? new Set()
    this.#listeners.set(instanceId, listeners)
    listeners.add(changed)
    return () => {
      listeners.delete(changed)
      if (listeners.size === 0) this.#listeners.delete(instanceId)
    }
  }
}

const NONE: readonly Sample[] = []
