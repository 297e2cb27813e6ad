import { bestCpuMemFit } from './best-cpu-mem-fit.ts'
import type { Policy } from './policy.ts'

/** More than any amount of room can make up for. */
const MS_WEIGHT = 1000

/**
 * Latency and distance aware: nearest to what the `geo` and `latency` constraints name, by estimated round trip; among those
 * that are equally near, where most room would be left. Whole milliseconds, for estimates are no better than that,
 * and machines of one room should share the work.
 */
export const ldp: Policy = {
  looksAtNearness: true,
  score: (room, field) => bestCpuMemFit.score(room, field) - MS_WEIGHT * Math.round(room.nearMs),
}
