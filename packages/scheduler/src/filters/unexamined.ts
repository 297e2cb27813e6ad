import type { Constraint, PlacementRequest } from '../placement.ts'

/** Says which of the user's rules no filter looks at here, so that none is ignored silently. `reference/orchestration.md` 4.1. */
export function unexaminedNotes({ tier, constraints }: PlacementRequest): string[] {
  return constraints.flatMap((constraint) => noteOn(constraint, tier) ?? [])
}

function noteOn(constraint: Constraint, tier: PlacementRequest['tier']): string | undefined {
  switch (constraint.type) {
    case 'direct': {
      const isForClusters = tier === 'root' && constraint.cluster === undefined && constraint.nodes.length > 0
      return isForClusters
        ? 'the nodes of a direct constraint are looked for in the chosen cluster only: name the cluster as well'
        : undefined
    }
    case 'clusters':
      return undefined
    case 'geo':
    case 'latency':
    case 'addons':
    case 'labels':
      return `the constraint ${constraint.type} is not looked at by this version`
    case 'unknown':
      return `the constraint ${constraint.word} is not known`
  }
}
