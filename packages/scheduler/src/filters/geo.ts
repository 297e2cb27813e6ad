import type { Candidate } from '../placement.ts'
import { geoTargets, measureOf, someSiteOf, type Target } from '../proximity/targets.ts'
import { amount } from '../sentences.ts'
import type { CandidateCheck, CandidateFilter } from './filter.ts'

/**
 * The constraint `geo`: no further than so many kilometres from a place. A cluster is judged by the circles that hold its
 * nodes, so it may say maybe where each node says no. `reference/orchestration.md` 4.1.
 */
export const geo: CandidateFilter = {
  prepare: (request) => geoTargets(request).map(checkOf),
}

function checkOf(target: Target): CandidateCheck {
  const { isNear, limit, label } = target
  return {
    passesSite: isNear,
    passes: (candidate) => someSiteOf(candidate, isNear),
    reason: (candidate) => reasonAgainst(candidate, target),
    summary: `not known to be within ${amount(limit)} km of ${label}`,
  }
}

function reasonAgainst(candidate: Candidate, { km, limit, label, unknown }: Target): string {
  if (unknown) return `cannot be compared with the place ${label} of a geo constraint: ${unknown}`
  const distanceKm = measureOf(candidate, km)
  if (!Number.isFinite(distanceKm)) return `does not say where it is, and a geo constraint asks for ${amount(limit)} km from ${label}`
  return `is ${Math.ceil(distanceKm)} km away from ${label}, a geo constraint allows ${amount(limit)} km`
}
