import type { Candidate } from '../placement.ts'
import { latencyTargets, measureOf, someSiteOf, type Target } from '../proximity/targets.ts'
import { amount } from '../sentences.ts'
import type { CandidateCheck, CandidateFilter } from './filter.ts'

/**
 * The constraint `latency`: an estimated round trip of no more than so many milliseconds to a place, to an area that
 * the operator named, or to a service. By network coordinates where both ends have them, else by distance.
 * `reference/orchestration.md` 4.1.
 */
export const latency: CandidateFilter = {
  prepare: (request) => latencyTargets(request).map(checkOf),
}

function checkOf(target: Target): CandidateCheck {
  const { isNear, limit, label } = target
  return {
    passesSite: isNear,
    passes: (candidate) => someSiteOf(candidate, isNear),
    reason: (candidate) => reasonAgainst(candidate, target),
    summary: `not known to be within ${amount(limit)} ms of ${label}`,
  }
}

function reasonAgainst(candidate: Candidate, target: Target): string {
  const { limit, label, unknown } = target
  if (unknown) return `cannot be compared with ${label} of a latency constraint: ${unknown}`
  const estimateMs = measureOf(candidate, target.ms)
  if (!Number.isFinite(estimateMs)) return unknownReason(candidate, target)
  // Whole numbers: the same reason is not to be told anew for every small change of an estimate.
  return `is about ${Math.ceil(estimateMs)} ms away from ${label} (${basis(candidate, target)}), a latency constraint allows ${amount(limit)} ms`
}

function basis(candidate: Candidate, { coordinateMs, km }: Target): string {
  if (Number.isFinite(measureOf(candidate, coordinateMs))) return 'by network coordinates'
  return `estimated from the distance of ${Math.ceil(measureOf(candidate, km))} km`
}

function unknownReason({ areas = [] }: Candidate, { limit, label }: Target): string {
  const lacks = areas.length === 0 ? 'does not say where it is' : `shares no kind of place with ${label}: it has a location only`
  return `${lacks}, and a latency constraint asks for ${amount(limit)} ms from ${label}`
}
