import { listed } from '../sentences.ts'
import { hasAllWords } from '../words.ts'
import type { SlotFilter } from './filter.ts'

/** Directories of the machine itself, which every node can give: upstream's own driver. `reference/worker.md` 8.4. */
const HOST_PATH_DRIVERS: ReadonlySet<string> = new Set(['', 'csi.oakestra.io/hostpath'])

/** Every driver that the volumes name answers on the node. A node that lists none has none. */
export const csiDrivers: SlotFilter = {
  prepare({ volumes = [] }) {
    const needs = [...new Set(volumes.map((volume) => volume.csiDriver))].filter((driver) => !HOST_PATH_DRIVERS.has(driver))
    if (needs.length === 0) return undefined
    return {
      looksAt: 'words',
      passes: (slot) => hasAllWords(slot.csiDrivers, needs),
      reason: (slots) => `needs the volume drivers ${listed(needs)}, offered are ${listed(slots.flatMap((slot) => slot.csiDrivers ?? []))}`,
    }
  },
}
