import type { Clock } from '@oakestra/base'
import type { DepartureCause } from '../state.ts'

// A node with a hundred instances is emptied in groups that its neighbours start without noticing.
const AT_ONCE = 16
// An instance that is not ready after this long will not be soon; the others of its service need not wait for it.
const PATIENCE_MS = 120_000

interface UnderWay {
  readonly serviceId: string
  readonly sinceMs: number
}

/**
 * Keeps moves that nobody is in a hurry for apart: of each service one instance at a time, until it is ready again elsewhere.
 * In memory: after a restart of the cluster those on their way are known from their placements, those that arrived are not.
 */
export class Departures {
  readonly #clock: Clock
  readonly #retry: (instanceId: string) => void
  readonly #underWay = new Map<string, UnderWay>()
  /** By instance: its service. */
  readonly #waiting = new Map<string, string>()

  constructor(clock: Clock, retry: (instanceId: string) => void) {
    this.#clock = clock
    this.#retry = retry
  }

  /** Whether this instance may leave now; if not, it is tried again when another has arrived. */
  mayBegin(instanceId: string, serviceId: string, cause: DepartureCause): boolean {
    const others = this.#others(instanceId)
    const isGentle = cause === 'drain' || cause === 'removal'
    const isFree = !isGentle || !others.some((other) => other.serviceId === serviceId)
    const may = isFree && (others.length < AT_ONCE || cause === 'operator' || cause === 'revision')
    if (may) this.#waiting.delete(instanceId)
    else this.#waiting.set(instanceId, serviceId)
    return may
  }

  begun(instanceId: string, serviceId: string): void {
    this.#underWay.set(instanceId, { serviceId, sinceMs: this.#clock.monotonicMs() })
  }

  /** It is ready again, or will not be. */
  settled(instanceId: string): void {
    this.#waiting.delete(instanceId)
    if (!this.#underWay.delete(instanceId)) return
    for (const id of this.#nextInLine()) this.#retry(id)
  }

  /** One of each service that waits, and no more than may go at once: to ask everybody would cost the square of their number. */
  #nextInLine(): readonly string[] {
    const byService = new Map<string, string>()
    for (const [id, serviceId] of this.#waiting) {
      if (byService.size === AT_ONCE) break
      if (!byService.has(serviceId)) byService.set(serviceId, id)
    }
    return [...byService.values()]
  }

  #others(instanceId: string): readonly UnderWay[] {
    const oldest = this.#clock.monotonicMs() - PATIENCE_MS
    for (const [id, { sinceMs }] of this.#underWay) if (sinceMs < oldest) this.#underWay.delete(id)
    return [...this.#underWay].filter(([id]) => id !== instanceId).map(([, other]) => other)
  }
}
