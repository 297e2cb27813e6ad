import type { Node, NodeStates } from '@oakestra/model'

// Some 6 KB of names: more at once are one trouble of the site, and the count says how large it is.
const AWAY_NAMES_MAX = 100

export interface NodePresence {
  readonly isHere: (nodeId: string) => boolean
  /** The cluster just started, and has not heard of the node yet. */
  readonly isUnheard: (nodeId: string) => boolean
}

/**
 * Counts nodes by state, each in one. Undefined while it is too early to say for one of them: that a cluster was started again is no
 * sign against its nodes. @param nodes without those that were removed
 */
export function nodeStates(nodes: readonly Node[], { isHere, isUnheard }: NodePresence): NodeStates | undefined {
  if (nodes.some(({ id }) => isUnheard(id))) return undefined
  const here = nodes.filter(({ id }) => isHere(id))
  const cordoned = here.filter((node) => node.cordoned || node.draining).length
  const away = nodes.filter(({ id }) => !isHere(id)).map(({ name }) => name)
  return { here: here.length - cordoned, cordoned, away: away.length, awayNames: away.sort().slice(0, AWAY_NAMES_MAX) }
}
