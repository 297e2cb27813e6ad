/** A named set of documents with one key each and a few indexed properties. */
export interface Collection<T> {
  readonly name: string
  readonly key: (document: T) => string
  /**
   * Properties that documents can be listed by; a document without a value is not in that index.
   * New ones are filled when the store is opened. One that is computed differently needs another name.
   */
  readonly indexes?: Readonly<Record<string, (document: T) => string | number | undefined>>
}

/**
 * Which documents to list, and how many. Ordered by key when no index is named, else by index value, then key;
 * text by its UTF-8 bytes.
 */
export interface Query {
  readonly index?: string
  /** Bounds of the index value (only with an index). */
  readonly equals?: string | number
  readonly greaterThan?: string | number
  readonly lessThan?: string | number
  readonly limit?: number
  /** Continue behind this key (only without an index). */
  readonly afterKey?: string
}

export interface Reader {
  get<T>(collection: Collection<T>, key: string): Promise<T | undefined>
  list<T>(collection: Collection<T>, query?: Query): Promise<readonly T[]>
  count<T>(collection: Collection<T>, query?: Query): Promise<number>
}

export interface Writer extends Reader {
  /** Inserts or replaces. A document that is there already, word for word, counts as no change. */
  put<T>(collection: Collection<T>, document: T): Promise<void>
  /** Removing what is not there is no error. */
  remove<T>(collection: Collection<T>, key: string): Promise<void>
}

/** What a committed transaction touched. */
export interface Change {
  readonly collection: string
  readonly key: string
  readonly kind: 'put' | 'remove'
}

/**
 * Durable documents with transactions. One writer at a time; a resolved `write` is on disk and survives
 * the loss of power. A rejected one left nothing behind.
 * Inside a section wait for its reader or writer only, never for the network, a timer or the store itself:
 * a section that does is taken back and rejected, for everybody else waits behind it.
 * @throws OakError `unavailable` when the storage fails, with what to do about it; the store works again once it is mended.
 * `resource-exhausted` when too many sections wait already
 */
export interface Store extends AsyncDisposable {
  /** A consistent view: no write of another section shows up half-way. */
  read<T>(section: (reader: Reader) => Promise<T>): Promise<T>
  write<T>(section: (writer: Writer) => Promise<T>): Promise<T>
  /** Calls `listener` after each commit that changed something, before any later section begins. Returns how to unsubscribe. */
  onCommit(listener: (changes: readonly Change[]) => void): () => void
}
