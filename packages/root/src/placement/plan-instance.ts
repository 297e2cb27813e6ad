import type { DesiredInstance } from '@oakestra/model'
import type { Presence } from '@oakestra/session'

/** What is known about an instance at the moment at which it is decided about. */
export interface Situation {
  readonly instance: Pick<DesiredInstance, 'removing' | 'leaving'>
  /** Absent once its service is gone. */
  readonly service?: { readonly siteOnly: boolean }
  /** It ended for good. */
  readonly isOver?: boolean
  /** The cluster it was given to; absent before. */
  readonly place?: Place
}

export interface Place {
  readonly presence: Presence
  /** Milliseconds until others may start what it has; 0 for now. Undefined: not while it is here, or never. */
  readonly patienceMs: number | undefined
  /** An operator removed the cluster. */
  readonly isRemoved: boolean
  /** False when nothing binds the instance and the cluster any more: no order, none to be gone, no report. */
  readonly isLingering: boolean
  /** Why it does not run there, and how long root still waits for that to change. */
  readonly trouble?: { readonly reason: string; readonly waitMs: number }
}

/**
 * `place` choose a cluster · `stay` the cluster it has shall have it, looked at again after `recheckMs` ·
 * `replace` its cluster is lost: start it elsewhere if anybody takes it · `offer` let it leave if anybody else takes it ·
 * `end` order it gone and wait for that · `forget` order it gone, and nothing is left to wait for ·
 * `rest` it needs no cluster any more, but is not to be forgotten.
 */
export type Decision =
  | { readonly do: 'place' | 'replace' | 'end' | 'forget' | 'rest' }
  | { readonly do: 'stay'; readonly recheckMs?: number }
  | { readonly do: 'offer'; readonly reason: string }

/** Who may have the instance, by the rules of `docs/decisions/0010-convergence.md`. */
export function planInstance({ instance, service, isOver = false, place }: Situation): Decision {
  const isWanted = service !== undefined && !instance.removing
  if (isWanted && isOver) return planOver(instance, place)
  if (!place) return { do: isWanted ? 'place' : 'forget' }
  if (!isWanted) return planEnd(place)
  if (instance.leaving && !service.siteOnly && !place.isLingering) return { do: 'place' }
  if (place.presence !== 'here') return planAway(place)
  if (service.siteOnly) return { do: 'stay' }
  if (instance.leaving) return { do: 'end' }
  return planHere(place)
}

/** What ended is not started again: not to be moved, and not because its cluster was lost or removed. */
function planOver({ leaving }: Situation['instance'], place: Place | undefined): Decision {
  if (!place) return { do: 'rest' }
  if (!place.isRemoved && !leaving) return { do: 'stay' }
  return { do: place.presence === 'lost' || !place.isLingering ? 'rest' : 'end' }
}

/** Of a cluster that is only away, nobody knows whether it still runs there; a lost one is told when it returns. */
function planEnd({ presence, isLingering }: Place): Decision {
  return { do: presence !== 'lost' && isLingering ? 'end' : 'forget' }
}

function planAway({ patienceMs }: Place): Decision {
  if (patienceMs === 0) return { do: 'replace' }
  return patienceMs === undefined ? { do: 'stay' } : { do: 'stay', recheckMs: patienceMs }
}

function planHere({ isRemoved, trouble }: Place): Decision {
  if (isRemoved) return { do: 'offer', reason: 'its cluster is being removed' }
  if (!trouble) return { do: 'stay' }
  return trouble.waitMs > 0 ? { do: 'stay', recheckMs: trouble.waitMs } : { do: 'offer', reason: trouble.reason }
}
