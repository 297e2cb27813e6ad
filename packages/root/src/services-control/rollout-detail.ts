import type { Rollout } from '@oakestra/model'
import type { Standing } from './standing.ts'

const NAMED_MAX = 3

/** One sentence on how far an update is. Says only what changes with a step of it, for it is stored. */
export function rolloutDetail(
  { toRevision, givenUp }: Rollout,
  state: Rollout['state'],
  present: readonly Standing[],
  waitedFor: readonly Standing[],
): string {
  const failure = givenUp ? `revision ${givenUp.revision} failed: ${givenUp.reason}` : ''
  if (state === 'rolled-back') return failure
  if (state === 'done') return `revision ${toRevision} is everywhere`
  const waiting = new Set(waitedFor)
  const arrived = present.filter((each) => each.isCurrent && !waiting.has(each)).length
  const progress = `${arrived} of ${present.length} instances have arrived at revision ${toRevision}${waitingText(waitedFor)}`
  return failure ? `${failure}; going back: ${progress}` : progress
}

function waitingText(waitedFor: readonly Standing[]): string {
  if (waitedFor.length === 0) return ''
  const numbers = waitedFor.map(({ instance }) => instance.number).toSorted((a, b) => a - b)
  const named = numbers.slice(0, NAMED_MAX).join(', ')
  const more = numbers.length > NAMED_MAX ? ` and ${numbers.length - NAMED_MAX} more` : ''
  return `; waiting for instance ${named}${more}`
}
