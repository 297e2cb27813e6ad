import { LIMITS } from './limits.ts'

/** A document as it was written, its text; parsed when somebody reads it, and from then on shared by all readers. */
interface Held {
  /** Absent when it is known that there is no such document. */
  readonly text: string | undefined
  document: unknown
  isParsed: boolean
}

/** By collection, then key: so that no name has to be put together to find one. */
type Generation = Map<string, Map<string, Held>>

/**
 * Documents that were read lately, and keys that were looked for in vain, so that a reconciler that looks at the same few again does
 * not ask the database and parse them each time. Only this process writes to the file, so what is held is what is stored, as long as
 * every change is told. What it hands out is shared by all readers, and therefore frozen.
 *
 * There are two generations: what is used moves to the younger one, and when that is full, the older one is forgotten.
 */
export class DocumentCache {
  #young: Generation = new Map()
  #old: Generation = new Map()
  #youngSize = 0

  /** @returns a holder, for a document may be anything that JSON can say; it holds `undefined` for one that is not there */
  find(collection: string, key: string): { readonly document: unknown } | undefined {
    const held = this.#find(collection, key)
    if (!held) return undefined
    if (!held.isParsed) {
      held.document = frozen(JSON.parse(held.text ?? 'null'))
      held.isParsed = true
    }
    return held
  }

  /** Whether it is known that exactly this text is stored. */
  holds(collection: string, key: string, text: string): boolean {
    return this.#find(collection, key)?.text === text
  }

  /** Keeps a document that was read from the database; `undefined` for one that was looked for in vain. */
  keep(collection: string, key: string, text: string | undefined): void {
    if (text !== undefined && text.length > LIMITS.cachedDocumentLength) return
    this.#hold(collection, key, { text, document: undefined, isParsed: text === undefined })
  }

  /**
   * To be told of every document that is written. What nobody asked for before is not kept: that is mostly what is only listed, and
   * would push out what is read.
   */
  written(collection: string, key: string, text: string): void {
    if (!this.#find(collection, key)) return
    this.drop(collection, key)
    this.keep(collection, key, text)
  }

  /** To be told of every document that is removed. */
  drop(collection: string, key: string): void {
    if (this.#young.get(collection)?.delete(key)) this.#youngSize -= 1
    this.#old.get(collection)?.delete(key)
  }

  /** To be told when something that was written is taken back. */
  clear(): void {
    this.#young = new Map()
    this.#old = new Map()
    this.#youngSize = 0
  }

  #find(collection: string, key: string): Held | undefined {
    const young = this.#young.get(collection)?.get(key)
    if (young) return young
    const old = this.#old.get(collection)?.get(key)
    if (old) this.#hold(collection, key, old)
    return old
  }

  #hold(collection: string, key: string, held: Held): void {
    if (this.#youngSize >= LIMITS.cachedDocuments / 2) {
      this.#old = this.#young
      this.#young = new Map()
      this.#youngSize = 0
    }
    const documents = this.#young.get(collection) ?? new Map<string, Held>()
    this.#young.set(collection, documents)
    if (!documents.has(key)) this.#youngSize += 1
    documents.set(key, held)
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const member of Object.values(value)) frozen(member)
  return Object.freeze(value)
}
