import { bestCpuMemFit } from './best-cpu-mem-fit.ts'
import type { Policy } from './policy.ts'

/** More than any amount of room can make up for. */
const PEER_WEIGHT = 1000

/** Where the fewest instances of the same service are; among those, where most room would be left. */
export const spread: Policy = {
  score: (room, field) => bestCpuMemFit.score(room, field) - PEER_WEIGHT * room.peers,
}
