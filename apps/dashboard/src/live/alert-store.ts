import type { Alert } from '../infrastructure/types.ts'

/** What is firing, as root's stream tells it. `docs/events.md` */
export interface FiringAlerts {
  readonly firing: number
  /** The most urgent of them, which come first. */
  readonly alerts: readonly Alert[]
}

/** What is firing now, as far as it is known. */
export class AlertStore {
  readonly #listeners = new Set<() => void>()
  #current: FiringAlerts | undefined

  /** Undefined while nobody tells: the stream is not open, or the user may not know. */
  current(): FiringAlerts | undefined {
    return this.#current
  }

  set(next: FiringAlerts | undefined): void {
    if (next === this.#current) return
    this.#current = next
    for (const listener of this.#listeners) listener()
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }
}
