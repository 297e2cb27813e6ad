import type { ObservedSource } from '@oakestra/session'
import { GATEWAY_KIND, overlaySubject } from '@oakestra/wire'

/** What a node says of the overlay as one: what it wants to know, and what it publishes. */
export function overlaySources(interests: ObservedSource, gateways: ObservedSource): ObservedSource {
  return {
    ids: async () => [...(await interests.ids()), ...(await gateways.ids())],
    get: (id) => (overlaySubject(id)?.kind === GATEWAY_KIND ? gateways : interests).get(id),
    onChange(listener) {
      const undo = [interests.onChange(listener), gateways.onChange(listener)]
      return () => {
        for (const each of undo) each()
      }
    },
  }
}
