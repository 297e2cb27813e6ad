import type { InstanceView } from '../client/types.ts'

const ARRIVED: ReadonlySet<string> = new Set(['RUNNING', 'COMPLETED'])

/** Words for "no place": `reference/experience.md` 1.10. */
const REFUSED: ReadonlySet<string> = new Set([
  'TargetClusterNotFound',
  'TargetClusterNotActive',
  'TargetClusterNoCapacity',
  'NoActiveClusterWithCapacity',
  'NO_WORKER_CAPACITY',
  'NO_QUALIFIED_WORKER_FOUND',
  'NO_NODE_FOUND',
])

// What was just withdrawn holds its room until it has ended, for which a node allows ten seconds; a refusal that stays longer is an answer.
const REFUSAL_GRACE_MS = 12_000

// A process that cannot work says so within a moment of its start, and its node within another.
const STEADY_MS = 750

// What has ended before has to prove more.
const STEADY_AGAIN_MS = 3_000

// Some end a few times until what they need is there.
const ENDING_GRACE_MS = 20_000

export type Verdict =
  | { readonly kind: 'arrived' | 'waiting' }
  | { readonly kind: 'failed' | 'keeps-ending'; readonly instance: InstanceView }
  /** Final when there will be no other answer soon. */
  | { readonly kind: 'refused'; readonly instance: InstanceView; readonly isFinal: boolean }

/** Judges the instances of a service look by look: some things mean something only when they last. */
export class Arrival {
  #restarts: number | undefined
  #runningSinceMs: number | undefined
  #refusedSinceMs: number | undefined
  #endingSinceMs: number | undefined
  #endedAtMs = Number.NEGATIVE_INFINITY

  /** @param nowMs monotonic */
  judge(instances: readonly InstanceView[], nowMs: number): Verdict {
    const failed = instances.find(({ status }) => status === 'FAILED')
    if (failed) return { kind: 'failed', instance: failed }
    const refused = instances.find(({ status }) => REFUSED.has(status))
    this.#refusedSinceMs = refused && (this.#refusedSinceMs ?? nowMs)
    if (refused) return { kind: 'refused', instance: refused, isFinal: nowMs - (this.#refusedSinceMs ?? nowMs) >= REFUSAL_GRACE_MS }
    const ending = this.#noteEnds(instances, nowMs)
    if (ending) return { kind: 'keeps-ending', instance: ending }
    return { kind: this.#isSteady(instances, nowMs) ? 'arrived' : 'waiting' }
  }

  #isSteady(instances: readonly InstanceView[], nowMs: number): boolean {
    const isThere = instances.length > 0 && instances.every(hasArrived)
    this.#runningSinceMs = isThere ? (this.#runningSinceMs ?? nowMs) : undefined
    if (instances.every(({ status }) => status === 'COMPLETED')) return isThere
    return isThere && nowMs - (this.#runningSinceMs ?? nowMs) >= STEADY_MS && nowMs - this.#endedAtMs >= STEADY_AGAIN_MS
  }

  /** Counts restarts too: a process may end and be started again between two looks. */
  #noteEnds(instances: readonly InstanceView[], nowMs: number): InstanceView | undefined {
    const dead = instances.find(({ status }) => status === 'DEAD')
    const restarts = instances.reduce((sum, instance) => sum + (instance.restarts ?? 0), 0)
    if (dead || restarts > (this.#restarts ?? restarts)) this.#endedAtMs = nowMs
    this.#restarts = restarts
    this.#endingSinceMs = nowMs - this.#endedAtMs < STEADY_AGAIN_MS ? (this.#endingSinceMs ?? nowMs) : undefined
    return dead && nowMs - (this.#endingSinceMs ?? nowMs) >= ENDING_GRACE_MS ? dead : undefined
  }
}

export function hasArrived(instance: InstanceView): boolean {
  return ARRIVED.has(instance.status)
}
