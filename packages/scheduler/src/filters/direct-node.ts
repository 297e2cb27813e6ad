import { listed } from '../sentences.ts'
import type { CandidateFilter } from './filter.ts'

/** The constraint `direct` with a list of nodes, by name. `reference/orchestration.md` 4.1. The cluster's business. */
export const directNode: CandidateFilter = {
  prepare({ tier, constraints }) {
    if (tier !== 'cluster') return undefined
    const lists = constraints.flatMap((constraint) =>
      constraint.type === 'direct' && constraint.nodes.length > 0 ? [constraint.nodes] : [],
    )
    if (lists.length === 0) return undefined
    const sets = lists.map((names) => new Set(names))
    return {
      passes: (candidate) => sets.every((names) => names.has(candidate.name)),
      reason: () => `is not among the nodes ${lists.map(listed).join(' and ')} that a direct constraint names`,
      summary: 'not named by the direct constraint',
    }
  },
}
