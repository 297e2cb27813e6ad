import { assert, OakError } from '@oakestra/base'
import type { Collection, Query } from '../store.ts'
import { MemoryIndex, type Value } from './memory-index.ts'
import { compareText } from './memory-order.ts'

/** One document: its text decides whether anything changed, its value is what readers get. Neither ever changes. */
export class Entry {
  readonly key: string
  readonly text: string
  readonly indexed: readonly (Value | undefined)[]
  #value: unknown
  #isParsed = false

  constructor(key: string, text: string, indexed: readonly (Value | undefined)[]) {
    this.key = key
    this.text = text
    this.indexed = indexed
  }

  /** Made when it is first asked for: many documents are written more often than they are read. */
  get value(): unknown {
    if (!this.#isParsed) this.#value = frozen(JSON.parse(this.text))
    this.#isParsed = true
    return this.#value
  }
}

/** The documents of one collection in memory, with their orders. Synchronous and without transactions. */
export class MemoryCollection {
  readonly name: string
  readonly #keyOf: (document: unknown) => string
  readonly #readers: readonly (readonly [string, (document: unknown) => Value | undefined])[]
  readonly #indexes: readonly MemoryIndex[]
  #entries = new Map<string, Entry>()
  /** In the order of keys; made anew when keys came or went. */
  #sorted: readonly string[] | undefined

  constructor(collection: Collection<never>) {
    this.name = collection.name
    this.#keyOf = collection.key as (document: unknown) => string
    this.#readers = Object.entries(collection.indexes ?? {}) as [string, (document: unknown) => Value | undefined][]
    this.#indexes = this.#readers.map(() => new MemoryIndex())
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key)
  }

  /** What `document` will be kept as. @throws OakError `bad-request` for a NUL, as SQLite does */
  toEntry(document: unknown): Entry {
    const key = this.#keyOf(document)
    const text = JSON.stringify(document) as string | undefined
    assert(typeof key === 'string' && text !== undefined, `a document of ${this.name} needs a key and must be JSON`)
    const known = this.#entries.get(key)
    if (known?.text === text) return known
    const indexed = this.#readers.map(([, read]) => withoutNul(read(document) ?? undefined))
    return new Entry(withoutNul(key), text, indexed)
  }

  /** Puts an entry, or removes it when it is `undefined`. Returns what was there. */
  set(key: string, entry: Entry | undefined): Entry | undefined {
    const before = this.#entries.get(key)
    if (before) this.#indexes.forEach((index, at) => index.remove(before.indexed[at], key))
    if (entry) this.#entries.set(key, entry)
    else this.#entries.delete(key)
    if (entry) this.#indexes.forEach((index, at) => index.add(entry.indexed[at], key))
    if ((before === undefined) !== (entry === undefined)) this.#sorted = undefined
    return before
  }

  list(query: Query): unknown[] {
    return this.#keys(query).map((key) => this.#entries.get(key)?.value)
  }

  count(query: Query): number {
    return this.#keys(query).length
  }

  /** All documents as they are now; cheap, for they never change. */
  snapshot(): readonly Entry[] {
    return [...this.#entries.values()]
  }

  restore(entries: readonly Entry[]): void {
    for (const key of [...this.#entries.keys()]) this.set(key, undefined)
    for (const entry of entries) this.set(entry.key, entry)
  }

  #keys(query: Query): readonly string[] {
    const { limit } = query
    assert(limit === undefined || (Number.isSafeInteger(limit) && limit >= 0), 'a limit is a whole number that is not negative')
    const keys = query.index === undefined ? this.#byKey(query) : this.#byIndex(query.index, query)
    return limit === undefined ? keys : keys.slice(0, limit)
  }

  #byKey({ equals, greaterThan, lessThan, afterKey }: Query): readonly string[] {
    const bounds = [equals, greaterThan, lessThan]
    assert(
      bounds.every((bound) => bound === undefined),
      'equals, greaterThan and lessThan need an index',
    )
    this.#sorted ??= [...this.#entries.keys()].sort(compareText)
    if (afterKey === undefined) return this.#sorted
    return this.#sorted.slice(positionAfter(this.#sorted, withoutNul(afterKey)))
  }

  #byIndex(name: string, { equals, greaterThan, lessThan, afterKey }: Query): readonly string[] {
    const index = this.#indexes[this.#readers.findIndex(([own]) => own === name)]
    assert(index, `collection ${this.name} has no index ${name}`)
    assert(afterKey === undefined, 'afterKey cannot be used with an index')
    return index.keys({ equals: withoutNul(equals), greaterThan: withoutNul(greaterThan), lessThan: withoutNul(lessThan) })
  }
}

/** Where the first key behind `key` is, in a sorted list. */
function positionAfter(sorted: readonly string[], key: string): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (compareText(sorted[middle] ?? '', key) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

function withoutNul<T extends Value | undefined>(value: T): T {
  if (typeof value === 'string' && value.includes('\0')) throw new OakError('bad-request', 'a name or key cannot hold a NUL character')
  return value
}

/** Readers share documents: whoever changed one would change it for all, so nobody can. */
function frozen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}
