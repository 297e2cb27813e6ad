import { listed } from '../sentences.ts'
import type { SlotFilter } from './filter.ts'

/** The node has a runtime for it. */
export const virtualization: SlotFilter = {
  prepare({ virtualization: word }) {
    return {
      looksAt: 'machine',
      passes: (slot) => slot.virtualizations.includes(word),
      reason: (slots) => `needs the virtualization ${word}, offered is ${listed(slots.flatMap((slot) => slot.virtualizations))}`,
    }
  },
}
