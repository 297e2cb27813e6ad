import type { Collection, Query, Reader, Store, Writer } from '@oakestra/store'

/** Counts the documents that go through a store: what a database has to touch, whatever the machine. */
export class CountingStore implements Store {
  documents = 0
  readonly #inner: Store

  constructor(inner: Store) {
    this.#inner = inner
  }

  /** What a piece of work costs. */
  async costOf(work: () => Promise<unknown>): Promise<number> {
    const before = this.documents
    await work()
    return this.documents - before
  }

  read<T>(section: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#inner.read((reader) => section(this.#counted(reader)))
  }

  write<T>(section: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#inner.write((writer) =>
      section({
        ...this.#counted(writer),
        put: (collection, document) => this.#one(writer.put(collection, document)),
        remove: (collection, key) => this.#one(writer.remove(collection, key)),
      }),
    )
  }

  onCommit(...listener: Parameters<Store['onCommit']>): () => void {
    return this.#inner.onCommit(...listener)
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#inner[Symbol.asyncDispose]()
  }

  #counted(reader: Reader): Reader {
    return {
      get: (collection, key) => this.#one(reader.get(collection, key)),
      list: async <T>(collection: Collection<T>, query?: Query) => {
        const found = await reader.list(collection, query)
        this.documents += 1 + found.length
        return found
      },
      count: async <T>(collection: Collection<T>, query?: Query) => {
        const found = await reader.count(collection, query)
        this.documents += 1 + found
        return found
      },
    }
  }

  #one<T>(work: Promise<T>): Promise<T> {
    this.documents += 1
    return work
  }
}
