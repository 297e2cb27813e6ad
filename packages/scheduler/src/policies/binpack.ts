import { bestCpuMemFit } from './best-cpu-mem-fit.ts'
import type { Policy } from './policy.ts'

/** Where least room would be left, so that whole machines stay free for large requests, or can be switched off. */
export const binpack: Policy = {
  score: (room, field) => 100 - bestCpuMemFit.score(room, field),
}
