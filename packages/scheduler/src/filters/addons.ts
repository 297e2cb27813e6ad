import { listed } from '../sentences.ts'
import { hasAllWords } from '../words.ts'
import type { SlotFilter } from './filter.ts'

/** The constraint `addons`: abilities beyond running instances that the node must have. `reference/orchestration.md` 4.1. */
export const addons: SlotFilter = {
  prepare({ constraints }) {
    const needs = constraints.flatMap((constraint) => (constraint.type === 'addons' ? constraint.needs : []))
    if (needs.length === 0) return undefined
    return {
      looksAt: 'words',
      passes: (slot) => hasAllWords(slot.addons, needs),
      reason: (slots) => `needs the add-ons ${listed(needs)}, offered are ${listed(slots.flatMap((slot) => slot.addons ?? []))}`,
    }
  },
}
