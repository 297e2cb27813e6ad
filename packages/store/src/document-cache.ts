import { LIMITS } from './limits.ts'

/** A document as it was written, until somebody reads it; from then on as all readers share it. */
type Held = { readonly text: string } | { readonly document: unknown }

/**
 * Documents that were read lately, so that a reconciler that looks at the same few again does not ask the database and parse
 * them each time. Only this process writes to the file, so what is held is what is stored, as long as every change is told.
 * What it hands out is shared by all readers, and therefore frozen.
 */
export class DocumentCache {
  readonly #held = new Map<string, Held>()

  /** @returns a holder, for a document may be anything that JSON can say */
  find(collection: string, key: string): { readonly document: unknown } | undefined {
    const name = nameOf(collection, key)
    const held = this.#held.get(name)
    if (!held) return undefined
    const read = 'text' in held ? { document: frozen(JSON.parse(held.text)) } : held
    // The first in a map is the oldest: what is used moves to its end.
    this.#held.delete(name)
    this.#held.set(name, read)
    return read
  }

  /** Keeps a document that was read from the database. @param size of its text */
  keep(collection: string, key: string, document: unknown, size: number): void {
    if (size <= LIMITS.cachedDocumentLength) this.#hold(nameOf(collection, key), { document: frozen(document) })
  }

  /** To be told of every document that is written. Whoever wrote it may go on changing what he holds: only its text is kept. */
  written(collection: string, key: string, text: string): void {
    const name = nameOf(collection, key)
    this.#held.delete(name)
    if (text.length <= LIMITS.cachedDocumentLength) this.#hold(name, { text })
  }

  /** To be told of every document that is removed. */
  drop(collection: string, key: string): void {
    this.#held.delete(nameOf(collection, key))
  }

  /** To be told when something that was written is taken back. */
  clear(): void {
    this.#held.clear()
  }

  #hold(name: string, held: Held): void {
    this.#held.set(name, held)
    if (this.#held.size <= LIMITS.cachedDocuments) return
    const [oldest] = this.#held.keys()
    if (oldest !== undefined) this.#held.delete(oldest)
  }
}

function nameOf(collection: string, key: string): string {
  return `${collection}/${key}`
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
