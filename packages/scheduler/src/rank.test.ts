import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { place } from './place.ts'
import { POLICIES, type PolicyName } from './policies/registry.ts'
import { rankCandidates } from './rank.ts'
import { canTake } from './testing/plain-fit.ts'
import { anyCandidates, anyRequest } from './testing/samples.ts'

describe('the order of candidates', () => {
  it('begins with the one that place chooses, and holds exactly those that can take the request', () => {
    fc.assert(
      fc.property(
        anyRequest,
        anyCandidates(3),
        fc.constantFrom(...(Object.keys(POLICIES) as PolicyName[])),
        (request, candidates, policy) => {
          const ranked = rankCandidates(request, candidates, policy, 100)
          const able = candidates.filter((candidate) => canTake(request, candidate))
          expect(new Set(ranked)).toEqual(new Set(able))
          const result = place(request, candidates, policy)
          expect(ranked[0]?.id).toBe(result.ok ? result.candidateId : undefined)
          expect(rankCandidates(request, candidates, policy, 2)).toEqual(ranked.slice(0, 2))
        },
      ),
    )
  })
})
