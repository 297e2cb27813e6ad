import type { Clock } from '@oakestra/base'
import type { InstanceSpec, Rejection } from '@oakestra/model'
import { Gather } from '@oakestra/session'

// Room changes in bursts, with every end of an instance; looking again twice a second is soon enough for what waits.
const GATHER = { firstMs: 20, spacingMs: 500 }
// Tried of each kind when room grew; each that finds a place has another one of its kind tried.
const TRIED_AT_ONCE = 4

/**
 * Instances that wait for another node than they have, or for any. Those that ask for the same are alike: when one was refused, the
 * others are refused with it until room grew, and when room grew, a few are tried for all. So ten thousand that wait
 * cost what one costs.
 */
export class Refusals {
  readonly #kindOf = new Map<string, string>()
  readonly #waiting = new Map<string, Set<string>>()
  readonly #known = new Map<string, Rejection>()
  readonly #gather: Gather
  readonly #retry: (instanceId: string) => void

  constructor(clock: Clock, retry: (instanceId: string) => void) {
    this.#retry = retry
    this.#gather = new Gather(
      { clock, ...GATHER },
      async () => this.#tryAgain(),
      () => undefined,
    )
  }

  /** Why this kind was refused, if nothing has changed since. */
  known(kind: string): Rejection | undefined {
    return this.#known.get(kind)
  }

  remember(kind: string, rejection: Rejection): void {
    this.#known.set(kind, rejection)
  }

  wait(instanceId: string, kind: string): void {
    if (this.#kindOf.get(instanceId) === kind) return
    this.#leave(instanceId)
    this.#kindOf.set(instanceId, kind)
    const waiting = this.#waiting.get(kind) ?? new Set()
    this.#waiting.set(kind, waiting.add(instanceId))
  }

  /** It waits no more. */
  settled(instanceId: string): void {
    const kind = this.#leave(instanceId)
    const [next] = (kind !== undefined && this.#waiting.get(kind)) || []
    if (next !== undefined) this.#retry(next)
  }

  /** There may be room that was not there. */
  grew(): void {
    this.#known.clear()
    if (this.#waiting.size > 0) this.#gather.nudge()
  }

  close(): void {
    this.#gather.close()
  }

  #leave(instanceId: string): string | undefined {
    const kind = this.#kindOf.get(instanceId)
    if (kind === undefined) return undefined
    this.#kindOf.delete(instanceId)
    const waiting = this.#waiting.get(kind)
    waiting?.delete(instanceId)
    if (waiting?.size === 0) this.#waiting.delete(kind)
    return kind
  }

  #tryAgain(): void {
    this.#known.clear()
    for (const waiting of this.#waiting.values()) {
      for (const instanceId of [...waiting].slice(0, TRIED_AT_ONCE)) this.#retry(instanceId)
    }
  }
}

/** Instances of one kind ask for the same: the same service at the same revision, kept away from the same nodes. */
export function kindOf({ serviceId, revision }: Pick<InstanceSpec, 'serviceId' | 'revision'>, avoided: Iterable<string> = []): string {
  return [serviceId, revision, ...[...avoided].sort()].join(' ')
}
