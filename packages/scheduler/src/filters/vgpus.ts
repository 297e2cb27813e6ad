import { amount, largest } from '../sentences.ts'
import type { SlotFilter } from './filter.ts'

export const vgpus: SlotFilter = {
  prepare({ resources: { vgpus: needed } }) {
    if (needed <= 0) return undefined
    return {
      demands: [{ property: 'vgpusFree', amount: needed }],
      passes: (slot) => slot.vgpusFree >= needed,
      reason: (slots) => `needs ${amount(needed)} vgpus, most free on one node are ${amount(largest(slots, (slot) => slot.vgpusFree))}`,
    }
  },
}
