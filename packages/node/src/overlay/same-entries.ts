import type { ServiceEntry } from '@oakestra/net'

/**
 * Gives for each entry the object that was given before, when it says the same. The network reads objects that it knows no
 * second time, which makes a change among ten thousand services cheap; so none is ever changed.
 */
export class SameEntries {
  #known = new Map<string, ServiceEntry>()

  of(entries: readonly ServiceEntry[]): readonly ServiceEntry[] {
    const known = new Map<string, ServiceEntry>()
    const same = entries.map((entry) => {
      const key = entry.v4 ?? entry.v6 ?? ''
      const before = this.#known.get(key)
      const kept = before && isSame(before, entry) ? before : entry
      known.set(key, kept)
      return kept
    })
    this.#known = known
    return same
  }
}

type Targets = ServiceEntry['targets']

function isSame(a: ServiceEntry, b: ServiceEntry): boolean {
  if (a === b) return true
  return (
    a.v6 === b.v6 && a.policy === b.policy && a.choice === b.choice && areSame(a.targets, b.targets) && areSame(a.kept ?? [], b.kept ?? [])
  )
}

function areSame(a: Targets, b: Targets): boolean {
  return a.length === b.length && a.every(({ v4, v6, weight }, at) => v4 === b[at]?.v4 && v6 === b[at]?.v6 && weight === b[at]?.weight)
}
