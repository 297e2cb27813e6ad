import type { CandidateCheck, CandidateFilter } from './filter.ts'

/** One for all requests, so that an index which holds only active candidates can leave it out. */
export const activeCheck: CandidateCheck = {
  passes: (candidate) => candidate.active,
  reason: () => 'is not active: it is not connected',
  summary: 'not active',
}

/** Nothing is placed on what is not connected. */
export const active: CandidateFilter = { prepare: () => activeCheck }
