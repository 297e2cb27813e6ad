import { overlaySubject } from '@oakestra/wire'
import type { ObservedSource } from './reporter.ts'

/** What is seen of instances, and what else there is to say, as one. The ids of the latter say what kind they are of. */
export function jointSource(instances: ObservedSource, others: ObservedSource): ObservedSource {
  return {
    ids: async () => [...(await instances.ids()), ...(await others.ids())],
    get: (id) => (overlaySubject(id) ? others : instances).get(id),
    onChange(listener) {
      const undo = [instances.onChange(listener), others.onChange(listener)]
      return () => {
        for (const each of undo) each()
      }
    },
  }
}
