import { amount, largest } from '../sentences.ts'
import type { SlotFilter } from './filter.ts'

/** Cores: no request exceeds what one node has, and promises together stay within its over-commitment. */
export const vcpus: SlotFilter = {
  prepare({ resources: { vcpus: needed } }) {
    if (needed <= 0) return undefined
    return {
      demands: [
        { property: 'vcpusTotal', amount: needed },
        { property: 'vcpusFree', amount: needed },
      ],
      passes: (slot) => slot.vcpusTotal >= needed && slot.vcpusFree >= needed,
      reason(slots) {
        const total = largest(slots, (slot) => slot.vcpusTotal)
        if (total < needed) return `needs ${amount(needed)} vcpus on one node, the largest has ${amount(total)}`
        return `needs ${amount(needed)} vcpus, the most that one node can still promise is ${amount(largest(slots, (slot) => slot.vcpusFree))}`
      },
    }
  },
}
