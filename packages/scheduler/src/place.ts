import { type Checks, prepareChecks } from './filters/registry.ts'
import { unexaminedNotes } from './filters/unexamined.ts'
import type { Candidate, PlacementRequest, PlacementResult, PlaceOptions } from './placement.ts'
import type { Policy } from './policies/policy.ts'
import { POLICIES, POLICY_DEFAULT, type PolicyName } from './policies/registry.ts'
import { explainRejection, preferenceNotes } from './reject.ts'
import { type Best, improve, nothingYet, type Survey, surveyCandidates } from './survey.ts'

/**
 * Chooses where an instance goes, or says why it can go nowhere. Pure: the same at root, over clusters with many slots,
 * and at a cluster, over nodes with one. Costs time in proportion to the number of slots, and no memory per
 * candidate unless nothing fits.
 */
export function place(
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policyName: PolicyName = POLICY_DEFAULT,
  { preferredId }: PlaceOptions = {},
): PlacementResult {
  const policy = POLICIES[policyName]
  const checks = prepareChecks(request)
  const survey = surveyCandidates(request, checks, candidates, policy)
  const preferred = preferredId === undefined ? -1 : candidates.findIndex(({ id }) => id === preferredId)
  const isTaken = (survey.firstFit[preferred] ?? 0) > 0
  const doubts = isTaken ? [] : preferenceNotes(request, checks, preferredId, candidates[preferred])
  const notes = [...unexaminedNotes(request), ...doubts]
  if (survey.fitting === 0) return { ok: false, rejection: explainRejection(request, candidates, checks), notes }
  const only = isTaken ? preferred : undefined
  const { index, slotIndex, score } = chooseBest(policy, checks, candidates, survey, { seed: request.seed, only })
  const candidateId = candidates[index]?.id
  if (candidateId === undefined) throw new Error('assertion failed: a candidate that fits has no slot that fits')
  return { ok: true, candidateId, slotIndex, score, considered: candidates.length, fitting: survey.fitting, notes }
}

interface Choice {
  readonly seed: number | undefined
  /** The one candidate to look at; undefined: all of them. */
  readonly only: number | undefined
}

function chooseBest(policy: Policy, checks: Checks, candidates: readonly Candidate[], survey: Survey, { seed, only }: Choice): Best {
  const count = candidates.length
  const start = only ?? (seed === undefined ? 0 : Math.abs(Math.trunc(seed)) % count)
  const steps = only === undefined ? count : 1
  const best = nothingYet()
  for (let step = 0; step < steps; step += 1) {
    const index = start + step < count ? start + step : start + step - count
    const candidate = candidates[index]
    if (!candidate) continue
    const rival = candidates[best.index]
    improve(best, policy, checks, survey, index, candidate, seed === undefined && rival !== undefined && candidate.id < rival.id)
  }
  return best
}
