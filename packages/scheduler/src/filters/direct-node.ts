import type { Candidate } from '../placement.ts'
import { listed } from '../sentences.ts'
import type { CandidateCheck, CandidateFilter } from './filter.ts'

/** A list of nodes, any of which will do, and whether its constraint names the cluster as well. */
interface NodeList {
  readonly names: ReadonlySet<string>
  readonly isInNamedCluster: boolean
}

/**
 * The constraint `direct` with a list of nodes, by name. `reference/orchestration.md` 4.1. Root goes by the names that a
 * cluster tells; one that does not tell them, for they are too many, is asked only when the constraint names it.
 */
export const directNode: CandidateFilter = {
  prepare({ tier, constraints }) {
    const lists = constraints.flatMap((constraint) =>
      constraint.type === 'direct' && constraint.nodes.length > 0
        ? [{ names: new Set(constraint.nodes), isInNamedCluster: constraint.cluster !== undefined }]
        : [],
    )
    if (lists.length === 0) return undefined
    return tier === 'cluster' ? checkOfNodes(lists) : checkOfClusters(lists)
  },
}

function checkOfNodes(lists: readonly NodeList[]): CandidateCheck {
  return {
    passes: (candidate) => lists.every(({ names }) => names.has(candidate.name)),
    reason: () => `is not among the nodes ${described(lists)} that a direct constraint names`,
    summary: 'not named by the direct constraint',
  }
}

function checkOfClusters(lists: readonly NodeList[]): CandidateCheck {
  return {
    passes: (candidate) => lists.every((list) => mayHave(candidate, list)),
    reason: ({ nodeNames }) =>
      nodeNames
        ? `has none of the nodes ${described(lists)} that a direct constraint names`
        : 'does not tell the names of its nodes: name the cluster as well in the direct constraint',
    summary: 'not known to have a node that the direct constraint names',
  }
}

function mayHave({ nodeNames }: Candidate, { names, isInNamedCluster }: NodeList): boolean {
  return nodeNames ? nodeNames.some((name) => names.has(name)) : isInNamedCluster
}

function described(lists: readonly NodeList[]): string {
  return lists.map(({ names }) => listed([...names])).join(' and ')
}
