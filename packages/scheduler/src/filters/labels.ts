import { listed } from '../sentences.ts'
import { hasWord } from '../words.ts'
import type { SlotFilter } from './filter.ts'

/** The constraint `labels`: `key=value` words that the node, or its cluster for all of its nodes, must carry. */
export const labels: SlotFilter = {
  prepare({ constraints }) {
    const needs = constraints.flatMap((constraint) => (constraint.type === 'labels' ? constraint.needs : []))
    if (needs.length === 0) return undefined
    return {
      looksAt: 'words',
      passes: (slot, carried) => needs.every((word) => hasWord(slot.labels, word) || hasWord(carried, word)),
      reason: (slots) => `needs the labels ${listed(needs)}, carried are ${listed(slots.flatMap((slot) => slot.labels ?? []))}`,
    }
  },
}
