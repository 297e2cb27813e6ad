import type { CandidateFilter } from './filter.ts'

/** Places that the caller does not want for this request: the one it leaves, or those that could not run it. */
export const avoided: CandidateFilter = {
  prepare({ avoid }) {
    if (!avoid || avoid.size === 0) return undefined
    return {
      excludedIds: avoid,
      passes: (candidate) => !avoid.has(candidate.id),
      reason: (candidate) => `is avoided: ${avoid.get(candidate.id) || 'no reason was given'}`,
      summary: 'avoided',
    }
  },
}
