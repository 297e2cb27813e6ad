import { memoryLeft, type Policy, vcpusLeft } from './policy.ts'

/** Resources only: where the scarcer of CPU and memory would last longest. */
export const rom: Policy = {
  score: (slot, _candidate, field) => 100 * Math.min(vcpusLeft(slot, field), memoryLeft(slot, field)),
}
