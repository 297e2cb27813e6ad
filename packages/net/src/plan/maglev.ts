import { createHash } from 'node:crypto'

interface Seeker {
  readonly name: string
  readonly offset: number
  readonly skip: number
  /** How many slots of its order it has looked at. */
  looked: number
}

/**
 * Names by slot as Maglev fills its table (Eisenbud and others, "Maglev", 2016, 3.4): each name has an order of all slots of
 * its own, and they take turns in taking the first free one. Shares differ by one slot at most, and when a name comes or
 * goes, few slots change hands among the others. The order of the names does not matter; `size` is a power of two.
 */
export function maglevTable(names: readonly string[], size: number): readonly string[] {
  const seekers = names.toSorted().map((name) => seekerOf(name, size))
  const table = new Map<number, string>()
  while (table.size < size && seekers.length > 0) {
    for (const seeker of seekers) if (table.size < size) table.set(nextFree(seeker, table, size), seeker.name)
  }
  return Array.from({ length: table.size }, (_, slot) => table.get(slot) ?? '')
}

/** An odd step visits every slot of a table whose size is a power of two. */
function seekerOf(name: string, size: number): Seeker {
  const digest = createHash('sha256').update(name).digest()
  return { name, offset: digest.readUInt32BE(0) % size, skip: ((digest.readUInt32BE(4) % size) | 1) % size, looked: 0 }
}

function nextFree(seeker: Seeker, table: ReadonlyMap<number, string>, size: number): number {
  for (;;) {
    const slot = (seeker.offset + seeker.looked * seeker.skip) % size
    seeker.looked++
    if (!table.has(slot)) return slot
  }
}
