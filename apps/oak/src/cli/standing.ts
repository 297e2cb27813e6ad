import type { ClusterView, NodeView } from '../client/types.ts'
import type { Paint } from './output.ts'

type Place = Pick<NodeView, 'presence' | 'cordoned' | 'draining' | 'removing'> &
  Pick<Partial<ClusterView>, 'active'> &
  Partial<Pick<NodeView, 'state'>>

/** How a node or cluster stands, in words: whether it is there, and what operators decided. `away, cordoned`. */
export function standingOf(place: Place): string {
  const decided = place.removing ? 'removing' : place.draining ? 'draining' : place.cordoned ? 'cordoned' : undefined
  return [presenceOf(place), decided].filter(Boolean).join(', ')
}

export function paintStanding(paint: Paint, place: Place): (text: string) => string {
  if (presenceOf(place) !== 'active') return paint.red
  return place.cordoned || place.draining || place.removing ? paint.yellow : paint.green
}

/** An older root says only whether it is connected. */
function presenceOf({ presence, active, state }: Place): string {
  if (presence && presence !== 'here') return presence
  return presence === 'here' || active || state === 'connected' ? 'active' : 'away'
}
