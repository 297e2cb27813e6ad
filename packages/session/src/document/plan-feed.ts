import type { DocumentHead } from '@oakestra/wire'

/**
 * What a parent does about the document of a child that holds `holds`, while its own is `head`:
 * `nothing`, they agree; `changes`, the child lacks some; `everything`, the child knows nothing, or nothing worth keeping;
 * `ask`, the child knows of a history that this parent does not; `refuse`, it is another parent's child.
 */
export type FeedPlan = 'nothing' | 'changes' | 'everything' | 'ask' | 'refuse'

export interface HeldByChild {
  readonly holds?: DocumentHead
  readonly newParent?: true
}

// A backup is not four billion changes old; who claims that would use up the numbers that there are.
const AHEAD_MAX = 2 ** 32

/** How to begin with a child that has just said what it holds. */
export function planFeed(head: DocumentHead, { holds, newParent }: HeldByChild): FeedPlan {
  if (!holds) return 'everything'
  if (holds.epoch !== head.epoch) return newParent ? 'ask' : 'refuse'
  if (holds.generation < head.generation) return 'changes'
  if (holds.generation > head.generation + AHEAD_MAX) return 'refuse'
  return holds.generation === head.generation && holds.digest === head.digest ? 'nothing' : 'ask'
}

/**
 * How to go on with a child that refused a document, because it does not follow from what the child holds. Either of the two has a
 * store from the past. When the child once confirmed more than it holds now, it is the child; else it may be this parent,
 * whose document then must not be taken for everything there is (decision 10 "A store from the past").
 */
export function planAfterRefusal(head: DocumentHead, confirmed: number, holds: DocumentHead | undefined): FeedPlan {
  if (!holds) return 'everything'
  if (holds.epoch !== head.epoch || holds.generation > head.generation + AHEAD_MAX) return 'refuse'
  return holds.generation < confirmed ? 'everything' : 'ask'
}
