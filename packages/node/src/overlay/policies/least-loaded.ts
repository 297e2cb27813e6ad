import { type Policy, targetOf } from './policy.ts'

// An instance that is full still gets a little: its load is some seconds old, and somebody has to find out that it fell.
const WEIGHT_MIN = 5
const LOAD_UNKNOWN = 50

/** In proportion to the room each has left. By chance, so that nodes that read the same loads do not all run to the same instance. */
export const leastLoaded: Policy = {
  pick: (candidates) => ({
    choice: 'weighted',
    targets: candidates.map((candidate) => ({
      ...targetOf(candidate),
      weight: Math.max(WEIGHT_MIN, 100 - (candidate.load ?? LOAD_UNKNOWN)),
    })),
  }),
}
