import { hasEndedForGood, type InstanceSpec, isReady } from '@oakestra/model'
import type { Presence } from '@oakestra/session'
import type { DepartureCause, Journey, NodeReport, Placement } from '../state.ts'

/** The node that an instance has, as far as the next decision depends on it. */
export interface Standing {
  readonly name: string
  readonly presence: Presence
  /** It is here again and has not said yet what became of what it has. */
  readonly isSilent?: true
  /** Milliseconds until the instance counts as gone from it; 0: now, absent: not as long as things stay as they are. */
  readonly goneInMs?: number
  readonly draining: boolean
  readonly removing: boolean
}

/** Everything the next decision about one instance follows from. */
export interface Situation {
  /** Absent: it is to be nowhere. */
  readonly wanted?: InstanceSpec
  readonly placement?: Placement
  /** What the node of the placement last said. */
  readonly report?: NodeReport
  readonly journey: Journey
  /** Absent without a placement, and when the node no longer exists. */
  readonly standing?: Standing
  /** The node has been told to end it, and was seen without it. */
  readonly isSeenGone: boolean
}

export type Decision =
  | { readonly do: 'nothing' }
  /** It has no node. */
  | { readonly do: 'find-place' }
  /** It has the node it shall have, which is told what it shall run. */
  | { readonly do: 'keep' }
  /** It is not wanted, and its node can be asked to end it, now or later. */
  | { readonly do: 'order-end' }
  /** It is not wanted, and counts as gone. */
  | { readonly do: 'forget' }
  /** Its node cannot be asked: it gets another place first, if there is one. */
  | { readonly do: 'replace'; readonly reason: string }
  /** Its node can be asked: it is ended there, if there is another place, and then placed anew. */
  | { readonly do: 'leave'; readonly cause: DepartureCause; readonly reason: string }
  /** No other place was found for it by trying: it stays with its restarts. */
  | { readonly do: 'give-up-moving' }
  /** It was ordered gone and its node still has it, or may. */
  | { readonly do: 'await-departure' }
  /** It has left. */
  | { readonly do: 'arrive' }

// Decision 10: 5 failures in a row on the first node, twice as many on each further one, three nodes in one cluster.
const STRIKES_FIRST = 5
export const PLACES_IN_VAIN_MAX = 3

/** What to do next for one instance. */
export function planPlacement(situation: Situation): Decision {
  const { wanted, placement, standing } = situation
  if (!wanted) return planRetirement(situation)
  if (!placement) return { do: 'find-place' }
  if (hasEndedForGood(wanted, situation.report)) return standing ? { do: 'keep' } : { do: 'nothing' }
  if (!standing) return { do: 'replace', reason: 'its node was removed' }
  if (standing.goneInMs === 0) return { do: 'replace', reason: `the node ${standing.name} is ${standing.presence}` }
  if (placement.departure) return situation.isSeenGone ? { do: 'arrive' } : { do: 'await-departure' }
  return standing.presence === 'here' ? planStay(situation, standing) : { do: 'keep' }
}

function planRetirement({ placement, standing, isSeenGone }: Situation): Decision {
  if (!placement) return { do: 'nothing' }
  return isSeenGone || !standing || standing.goneInMs === 0 ? { do: 'forget' } : { do: 'order-end' }
}

/** Whether an instance that its node has, and can be asked about, had better go elsewhere. */
function planStay({ report, journey }: Situation, { name, removing, draining, isSilent }: Standing): Decision {
  // It may have ended for good meanwhile: whoever is told to forget that starts it again.
  if (isSilent) return { do: 'keep' }
  if (removing) return { do: 'leave', cause: 'removal', reason: `the node ${name} is being removed` }
  if (draining) return { do: 'leave', cause: 'drain', reason: `the node ${name} is being drained` }
  // It may have failed often and run now: what works is not ended for what was.
  if (report && isReady(report)) return { do: 'keep' }
  const strikes = report?.strikes ?? 0
  if (strikes < strikesAllowed(journey.inVain.length)) return { do: 'keep' }
  if (journey.inVain.length + 1 >= PLACES_IN_VAIN_MAX) return { do: 'give-up-moving' }
  return { do: 'leave', cause: 'strikes', reason: `failed ${strikes} times in a row on ${name}` }
}

/** Failures in a row that an instance may have on a node when this many nodes before it have failed with it. */
export function strikesAllowed(placesInVain: number): number {
  return STRIKES_FIRST * 2 ** Math.min(placesInVain, PLACES_IN_VAIN_MAX - 1)
}
