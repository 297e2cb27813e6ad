import type { PlacementRequest } from '../placement.ts'
import type { CandidateFilter } from './filter.ts'

/** Names of the clusters that `direct` constraints ask for; more than one can never be satisfied. */
export function targetClusters({ tier, constraints }: PlacementRequest): readonly string[] {
  if (tier !== 'root') return []
  const names = constraints.flatMap((constraint) =>
    constraint.type === 'direct' && constraint.cluster !== undefined ? [constraint.cluster] : [],
  )
  return [...new Set(names)]
}

/** The constraint `direct` with a cluster: exactly that one. `reference/orchestration.md` 4.1. */
export const directCluster: CandidateFilter = {
  prepare(request) {
    const targets = targetClusters(request)
    if (targets.length === 0) return undefined
    return {
      passes: (candidate) => targets.every((target) => target === candidate.name),
      reason: () => `is not the cluster ${targets.join(' and ')} that a direct constraint names`,
      summary: 'not named by the direct constraint',
    }
  },
}
