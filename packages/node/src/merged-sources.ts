import type { ObservedSource } from '@oakestra/session'
import { overlaySubject } from '@oakestra/wire'

/** What is seen of instances and what is wanted of the overlay, as one. Their ids tell them apart. */
export function mergedSources(instances: ObservedSource, overlay: ObservedSource): ObservedSource {
  return {
    ids: async () => [...(await instances.ids()), ...(await overlay.ids())],
    get: (id) => (overlaySubject(id) ? overlay : instances).get(id),
    onChange: (listener) => {
      const undo = [instances.onChange(listener), overlay.onChange(listener)]
      return () => {
        for (const each of undo) each()
      }
    },
  }
}
