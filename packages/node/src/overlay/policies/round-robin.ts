import { type Policy, targetOf } from './policy.ts'

/** One after another, in exact turns: all alike. */
export const roundRobin: Policy = { pick: (candidates) => ({ targets: candidates.map(targetOf) }) }
