import type { InstanceSpec } from '@oakestra/model'
import type { Journey } from '../state.ts'

/**
 * Moves within one cluster that fit below one move between clusters. An instance that moved once a minute would need two
 * years to get there.
 */
const MOVES_PER_TERM = 2 ** 20

/**
 * The term a node is given: root's term first, and within it the moves in this cluster. So of two copies of an instance,
 * wherever they are, the one with the higher term is the one that is meant: a move by root beats all moves of a cluster before it.
 */
export function termForNode({ term }: Pick<InstanceSpec, 'term'>, { moves }: Pick<Journey, 'moves'>): number {
  return term * MOVES_PER_TERM + Math.min(moves, MOVES_PER_TERM - 1)
}

/** Root's own term within what a node says. */
export function termOfRoot(termOfNode: number): number {
  return Math.floor(termOfNode / MOVES_PER_TERM)
}

/** The moves within a cluster, in what a node says or holds. */
export function movesOf(termOfNode: number): number {
  return termOfNode % MOVES_PER_TERM
}
