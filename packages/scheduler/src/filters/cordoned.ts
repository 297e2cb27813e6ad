import type { CandidateCheck, CandidateFilter } from './filter.ts'

/** One for all requests, so that an index which holds only open candidates can leave it out. */
export const cordonedCheck: CandidateCheck = {
  passes: (candidate) => candidate.cordoned !== true,
  reason: () => 'is cordoned: an operator wants nothing new on it',
  summary: 'cordoned',
}

/** What an operator closed gets nothing new. */
export const cordoned: CandidateFilter = { prepare: () => cordonedCheck }
