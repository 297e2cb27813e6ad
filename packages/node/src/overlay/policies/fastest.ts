import { type Policy, targetOf } from './policy.ts'

// What one request takes on an idle instance. Nobody measures it; it decides how much load weighs against distance.
const WORK_MS = 1
const LOAD_MAX = 95

/**
 * The shortest time to an answer: the round trip, and the wait in a queue that grows as the instance gets busy (M/M/1). Unlike
 * with `closest`, a busy instance on the own node gives way to an idle one nearby.
 */
export const fastest: Policy = {
  cost: ({ isHere, rttMs = Number.POSITIVE_INFINITY, load = 0 }) => {
    const share = Math.min(load, LOAD_MAX) / 100
    return (isHere ? 0 : rttMs) + WORK_MS * (share / (1 - share))
  },
  pick: (candidates) => ({ targets: candidates.map(targetOf) }),
}
