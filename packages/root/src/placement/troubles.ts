import type { Clock } from '@oakestra/base'
import type { ObservedInstance } from '@oakestra/model'

interface Trouble {
  readonly clusterId: string
  readonly reason: string
  readonly sinceMs: number
  readonly patienceMs: number
}

/**
 * Instances that their connected cluster cannot run, and since when root has heard so. In memory: after a restart of root
 * the clusters tell again, and the time begins anew. Bounded by the instances there are.
 */
export class Troubles {
  readonly #clock: Clock
  readonly #refusedMs: number
  readonly #known = new Map<string, Trouble>()

  /** @param refusedMs how long a cluster may have no node for an instance before others are asked */
  constructor(clock: Clock, refusedMs: number) {
    this.#clock = clock
    this.#refusedMs = refusedMs
  }

  /** Takes in what a cluster says of an instance it was given. */
  note(observed: ObservedInstance, clusterId: string): void {
    const { instanceId } = observed
    const reason = troubleOf(observed)
    const before = this.#known.get(instanceId)
    if (reason === undefined) this.#known.delete(instanceId)
    else {
      const sinceMs = before?.clusterId === clusterId ? before.sinceMs : this.#clock.monotonicMs()
      this.#known.set(instanceId, { clusterId, reason, sinceMs, patienceMs: observed.exhausted ? 0 : this.#refusedMs })
    }
  }

  has(instanceId: string): boolean {
    return this.#known.has(instanceId)
  }

  /** @returns why the cluster cannot run it, and for how long root waits before it asks others */
  of(instanceId: string, clusterId: string): { readonly reason: string; readonly waitMs: number } | undefined {
    const trouble = this.#known.get(instanceId)
    if (!trouble || trouble.clusterId !== clusterId) return undefined
    const { reason, sinceMs, patienceMs } = trouble
    return { reason, waitMs: Math.max(0, sinceMs + patienceMs - this.#clock.monotonicMs()) }
  }

  forget(instanceId: string): void {
    this.#known.delete(instanceId)
  }
}

/** A cluster tries its own nodes first; what it says after that is final. Its silence is another matter. */
function troubleOf({ state, exhausted, rejection, detail }: ObservedInstance): string | undefined {
  if (state === 'unplaced' && rejection) return rejection.detail
  return exhausted ? detail : undefined
}
