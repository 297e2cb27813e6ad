import { memoryLeft, type Policy, vcpusLeft } from './policy.ts'

/**
 * Where most CPU and memory would be left, each counting one half. Upstream's default of that name adds percent of CPU
 * to megabytes of memory, so that memory alone decides. `reference/orchestration.md` 4.3.
 */
export const bestCpuMemFit: Policy = {
  score: (slot, _candidate, field) => 50 * vcpusLeft(slot, field) + 50 * memoryLeft(slot, field),
}
