import type { Node, NodeStates } from '@oakestra/model'

// Some 6 KB of names: more at once are one trouble of the site, and the count says how large it is.
const AWAY_NAMES_MAX = 100

/** Counts nodes by state, each in one. @param nodes without those that were removed */
export function nodeStates(nodes: readonly Node[], isHere: (nodeId: string) => boolean): NodeStates {
  const here = nodes.filter(({ id }) => isHere(id))
  const cordoned = here.filter((node) => node.cordoned || node.draining).length
  const away = nodes.filter(({ id }) => !isHere(id)).map(({ name }) => name)
  return { here: here.length - cordoned, cordoned, away: away.length, awayNames: away.sort().slice(0, AWAY_NAMES_MAX) }
}
