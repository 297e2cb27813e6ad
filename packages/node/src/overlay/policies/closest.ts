import { type Policy, targetOf } from './policy.ts'

/** The own node before all others, then the lowest measured round trip; those that are about as near take turns. */
export const closest: Policy = {
  cost: ({ isHere, rttMs = Number.POSITIVE_INFINITY }) => (isHere ? 0 : rttMs),
  pick: (candidates) => ({ targets: candidates.map(targetOf) }),
}
