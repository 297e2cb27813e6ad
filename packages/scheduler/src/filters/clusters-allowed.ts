import { listed } from '../sentences.ts'
import type { CandidateFilter } from './filter.ts'

/** The constraint `clusters`: names of clusters that may be chosen. `reference/orchestration.md` 4.1. Root's business. */
export const clustersAllowed: CandidateFilter = {
  prepare({ tier, constraints }) {
    if (tier !== 'root') return undefined
    const lists = constraints.filter((constraint) => constraint.type === 'clusters').map(({ allowed }) => allowed)
    if (lists.length === 0) return undefined
    const isAllowed = (name: string) => lists.every((allowed) => allowed.includes(name))
    return {
      passes: (candidate) => isAllowed(candidate.name),
      reason: () => `is not among the allowed clusters ${lists.map(listed).join(' and ')}`,
      summary: 'not among the allowed clusters',
    }
  },
}
