import { prepareChecks } from './filters/registry.ts'
import type { Candidate, PlacementRequest } from './placement.ts'
import { POLICIES, type PolicyName } from './policies/registry.ts'
import { improve, nothingYet, surveyCandidates } from './survey.ts'

/**
 * The candidates that `place()` could choose, those it likes best first, by id among equals: what somebody else who is to
 * choose needs to look at.
 * @param max longest list
 */
export function rankCandidates(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policyName: PolicyName,
  max: number,
): readonly Candidate[] {
  const policy = POLICIES[policyName]
  const checks = prepareChecks(request)
  const survey = surveyCandidates(request, checks, candidates, policy)
  const fitting = candidates.flatMap((candidate, index) => {
    if (survey.firstFit[index] === 0) return []
    const best = nothingYet()
    improve(best, policy, checks, survey, index, candidate, false)
    return [{ candidate, score: best.score }]
  })
  fitting.sort((a, b) => b.score - a.score || (a.candidate.id < b.candidate.id ? -1 : 1))
  return fitting.slice(0, max).map(({ candidate }) => candidate)
}
