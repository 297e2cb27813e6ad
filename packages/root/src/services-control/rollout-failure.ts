import type { Rollout, Service } from '@oakestra/model'
import type { UpdatePolicy } from '@oakestra/sla'
import { isInFlight, type Standing } from './standing.ts'

/** So many failures in a row are the revision's, not those of a moment. Decision 10, "Replicas and updates". */
const STRIKES_MAX = 3

/** Why the newest revision does not work, by the first instance that shows it; `undefined` while none does. */
export function rolloutFailure(
  service: Service,
  rollout: Rollout,
  policy: UpdatePolicy,
  present: readonly Standing[],
  nowMs: number,
): string | undefined {
  for (const standing of present) {
    if (standing.revision !== rollout.toRevision || standing.isReady || standing.isCompleted) continue
    const { number } = standing.instance
    const detail = standing.observed?.detail ? `: ${standing.observed.detail}` : ''
    if (hasFailed(service, standing)) return `instance ${number} failed${detail}`
    if (isInFlight(service, standing) && isOverdue(standing, policy, nowMs)) {
      return `instance ${number} was not ready within ${policy.deadlineMs / 1_000} s${detail}`
    }
  }
  return undefined
}

function hasFailed(service: Service, { observed }: Standing): boolean {
  if (!observed) return false
  if ((observed.strikes ?? 0) >= STRIKES_MAX) return true
  // A one-shot has one try.
  return service.descriptor.oneShot && observed.state === 'failed' && observed.exitCode !== undefined
}

/**
 * Time during which no news could arrive does not count: neither while its cluster is away, nor while root was. A time that is
 * yet to come was written by a clock that has been set back.
 */
function isOverdue({ instance, heardSinceMs }: Standing, policy: UpdatePolicy, nowMs: number): boolean {
  if (heardSinceMs === undefined) return false
  const { atMs = nowMs } = instance.change ?? {}
  const sinceMs = atMs > nowMs ? heardSinceMs : Math.max(atMs, heardSinceMs)
  return nowMs - sinceMs >= policy.deadlineMs
}
