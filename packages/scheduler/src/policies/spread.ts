import { bestCpuMemFit } from './best-cpu-mem-fit.ts'
import type { Policy } from './policy.ts'

/** More than any amount of room can make up for. */
const PEER_WEIGHT = 1000

/** Where the fewest instances of the same service are; among those, where most room would be left. */
export const spread: Policy = {
  score: (slot, candidate, field) => bestCpuMemFit.score(slot, candidate, field) - PEER_WEIGHT * (candidate.peers ?? 0),
}
