import { memoryLeft, type Policy, vcpusLeft } from './policy.ts'

/** Resources only: where the scarcer of CPU and memory would last longest. */
export const rom: Policy = {
  score: (room, field) => 100 * Math.min(vcpusLeft(room, field), memoryLeft(room, field)),
}
