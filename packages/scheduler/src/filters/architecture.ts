import { listed } from '../sentences.ts'
import type { SlotFilter } from './filter.ts'

/** The image exists for the node's processor. An empty list means that it runs anywhere, or that nobody knows. */
export const architecture: SlotFilter = {
  prepare({ architectures }) {
    if (architectures.length === 0) return undefined
    return {
      looksAt: 'machine',
      passes: (slot) => architectures.includes(slot.architecture),
      reason: (slots) => `needs the architecture ${listed(architectures)}, offered is ${listed(slots.map((slot) => slot.architecture))}`,
    }
  },
}
