import { amount, largest } from '../sentences.ts'
import type { SlotFilter } from './filter.ts'

export const storage: SlotFilter = {
  prepare({ resources: { storageMiB: needed } }) {
    if (needed <= 0) return undefined
    return {
      demands: [{ property: 'storageFreeMiB', amount: needed }],
      passes: (slot) => slot.storageFreeMiB >= needed,
      reason: (slots) =>
        `needs ${amount(needed)} MiB of storage, largest free is ${amount(largest(slots, (slot) => slot.storageFreeMiB))} MiB`,
    }
  },
}
