import { memoryLeft, type Policy, vcpusLeft } from './policy.ts'

/**
 * Where most CPU and memory would be left, each counting one half. Upstream's default of that name adds percent of CPU
 * to megabytes of memory, so that memory alone decides. `reference/orchestration.md` 4.3.
 */
export const bestCpuMemFit: Policy = {
  score: (room, field) => 50 * vcpusLeft(room, field) + 50 * memoryLeft(room, field),
}
