import type { CandidateFilter } from './filter.ts'

/** Nothing is placed on what is not connected. */
export const active: CandidateFilter = {
  prepare: () => ({
    passes: (candidate) => candidate.active,
    reason: () => 'is not active: it is not connected',
    summary: 'not active',
  }),
}
