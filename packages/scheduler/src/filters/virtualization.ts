import type { Slot } from '@oakestra/model'
import { listed } from '../sentences.ts'
import type { SlotFilter } from './filter.ts'

/** The sentences of so many nodes: a cluster whose nodes all lack something lacks it on each for the same reason. */
const FAULTS_MAX = 3

/** The node has a runtime for it. */
export const virtualization: SlotFilter = {
  prepare({ virtualization: word }) {
    return {
      looksAt: 'machine',
      passes: (slot) => slot.virtualizations.includes(word),
      reason: (slots) => {
        const offered = listed(slots.flatMap((slot) => slot.virtualizations))
        return [`needs the virtualization ${word}, offered is ${offered}`, ...faultsOf(slots, word)].join('; ')
      },
    }
  },
}

/** Where it is switched on and does not work. */
function faultsOf(slots: readonly Slot[], word: string): readonly string[] {
  const distinct = [...new Set(slots.flatMap(({ faults }) => faults?.[word] ?? []))].sort()
  const more = distinct.length - FAULTS_MAX
  return more > 0 ? [...distinct.slice(0, FAULTS_MAX), `and on ${more} more nodes it does not work`] : distinct
}
