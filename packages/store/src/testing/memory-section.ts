import { assert } from '@oakestra/base'
import type { Change, Collection, Query, Writer } from '../store.ts'
import type { Entry, MemoryCollection } from './memory-collection.ts'

/** What one section works with; it can be taken back. */
export class MemorySection implements Writer {
  readonly #collections: ReadonlyMap<string, MemoryCollection>
  readonly #changes = new Map<string, Change>()
  readonly #undo: { readonly collection: MemoryCollection; readonly key: string; readonly before: Entry | undefined }[] = []
  #isOpen = true

  constructor(collections: ReadonlyMap<string, MemoryCollection>) {
    this.#collections = collections
  }

  async get<T>(collection: Collection<T>, key: string): Promise<T | undefined> {
    return this.#of(collection).get(key)?.value as T | undefined
  }

  async list<T>(collection: Collection<T>, query: Query = {}): Promise<readonly T[]> {
    return this.#of(collection).list(query) as T[]
  }

  async count<T>(collection: Collection<T>, query: Query = {}): Promise<number> {
    return this.#of(collection).count(query)
  }

  async put<T>(collection: Collection<T>, document: T): Promise<void> {
    const documents = this.#of(collection)
    const entry = documents.toEntry(document)
    if (documents.get(entry.key) !== entry) this.#set(documents, entry.key, entry)
  }

  async remove<T>(collection: Collection<T>, key: string): Promise<void> {
    const documents = this.#of(collection)
    if (documents.get(key)) this.#set(documents, key, undefined)
  }

  /** Ends the section; what it touched. */
  end(): readonly Change[] {
    this.#isOpen = false
    return [...this.#changes.values()]
  }

  /** Undoes everything, last first. */
  takeBack(): void {
    for (const { collection, key, before } of this.#undo.reverse()) collection.set(key, before)
  }

  #set(collection: MemoryCollection, key: string, entry: Entry | undefined): void {
    const before = collection.set(key, entry)
    this.#undo.push({ collection, key, before })
    this.#changes.set(`${collection.name}/${key}`, { collection: collection.name, key, kind: entry ? 'put' : 'remove' })
  }

  #of({ name }: { readonly name: string }): MemoryCollection {
    assert(this.#isOpen, 'a reader or writer of the store was used after its section had ended')
    const collection = this.#collections.get(name)
    assert(collection, `collection ${name} was not named when the store was opened`)
    return collection
  }
}
