import { overlaySubject } from '@oakestra/wire'
import type { ObservedSource } from './reporter.ts'

/** What is seen of instances, and what else there is to say, as one. Ids of the latter say of what kind they are: each source knows its own. */
export function jointSource(instances: ObservedSource, ...others: readonly ObservedSource[]): ObservedSource {
  const all = [instances, ...others]
  return {
    ids: async () => (await Promise.all(all.map((source) => source.ids()))).flat(),
    get: (id) => (overlaySubject(id) ? firstOf(others, id) : instances.get(id)),
    onChange(listener) {
      const undo = all.map((source) => source.onChange(listener))
      return () => {
        for (const each of undo) each()
      }
    },
  }
}

async function firstOf(sources: readonly ObservedSource[], id: string): Promise<unknown> {
  for (const source of sources) {
    const said = await source.get(id)
    if (said !== undefined) return said
  }
  return undefined
}
