import { assert } from '@oakestra/base'
import type { Documents } from './documents.ts'
import { sqliteCode } from './sqlite-errors.ts'
import type { Change, Collection, Query, Writer } from './store.ts'

/** What one section works with. Of no use once its section has ended. */
export class Section implements Writer {
  readonly #documents: Documents
  /** By collection and key: the last change of a document wins. */
  readonly #changes = new Map<string, Change>()
  #isOpen = true
  #fault: unknown

  constructor(documents: Documents) {
    this.#documents = documents
  }

  async get<T>(collection: Collection<T>, key: string): Promise<T | undefined> {
    return this.#call(() => this.#documents.get(collection.name, key)) as T | undefined
  }

  async list<T>(collection: Collection<T>, query: Query = {}): Promise<readonly T[]> {
    return this.#call(() => this.#documents.list(collection.name, query)) as T[]
  }

  async count<T>(collection: Collection<T>, query: Query = {}): Promise<number> {
    return this.#call(() => this.#documents.count(collection.name, query))
  }

  async put<T>(collection: Collection<T>, document: T): Promise<void> {
    const { key, changed } = this.#call(() => this.#documents.put(collection.name, document))
    if (changed) this.#note({ collection: collection.name, key, kind: 'put' })
  }

  async remove<T>(collection: Collection<T>, key: string): Promise<void> {
    const wasThere = this.#call(() => this.#documents.remove(collection.name, key))
    if (wasThere) this.#note({ collection: collection.name, key, kind: 'remove' })
  }

  /** Ends the section; what it touched, for a writer, by a name that is the document's alone. */
  end(): ReadonlyMap<string, Change> {
    this.#isOpen = false
    return this.#changes
  }

  /** Fails when the storage failed, even if the section went on: half of its work may be missing. */
  throwIfFaulty(): void {
    if (this.#fault !== undefined) throw this.#fault instanceof Error ? this.#fault : new Error(String(this.#fault))
  }

  #call<T>(operation: () => T): T {
    assert(this.#isOpen, 'a reader or writer of the store was used after its section had ended')
    // SQLite may have given up the transaction: whatever followed would be written outside of it.
    this.throwIfFaulty()
    try {
      return operation()
    } catch (thrown) {
      if (sqliteCode(thrown) !== undefined) this.#fault ??= thrown
      throw thrown
    }
  }

  #note(change: Change): void {
    this.#changes.set(`${change.collection}/${change.key}`, change)
  }
}
