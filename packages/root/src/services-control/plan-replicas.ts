import type { Service } from '@oakestra/model'
import type { ServiceChange } from './service-plan.ts'
import type { Standing } from './standing.ts'

/** Adds what is missing of the declared count, and ends what is too much. Without a declared count there is nothing to do. */
export function planReplicas({ replicas }: Service, present: readonly Standing[]): readonly ServiceChange[] {
  if (replicas === undefined) return []
  const missing = replicas - present.length
  if (missing >= 0) return Array.from({ length: missing }, () => ({ do: 'add' }))
  return present
    .toSorted(soonerRemoved)
    .slice(0, -missing)
    .map(({ instance }) => ({ do: 'remove', instanceId: instance.id }))
}

/** Those that nobody would miss, then the newest. */
function soonerRemoved(one: Standing, other: Standing): number {
  return Number(isMissed(one)) - Number(isMissed(other)) || other.instance.number - one.instance.number
}

/** A one-shot that completed has done what it is there for; without it another would do it again. */
function isMissed({ isReady, isCompleted }: Standing): boolean {
  return isReady || isCompleted
}
