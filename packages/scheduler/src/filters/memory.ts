import { amount, largest } from '../sentences.ts'
import type { SlotFilter } from './filter.ts'

/** Memory is promised once: what is given twice is taken by the kernel's OOM killer. */
export const memory: SlotFilter = {
  prepare({ resources: { memoryMiB: needed } }) {
    if (needed <= 0) return undefined
    return {
      demands: [{ property: 'memoryFreeMiB', amount: needed }],
      passes: (slot) => slot.memoryFreeMiB >= needed,
      reason: (slots) =>
        `needs ${amount(needed)} MiB of memory, largest free is ${amount(largest(slots, (slot) => slot.memoryFreeMiB))} MiB`,
    }
  },
}
