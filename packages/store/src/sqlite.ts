import type { Collection, Store } from './store.ts'

export interface SqliteOptions {
  /** Path of the database file; its directory exists. `:memory:` keeps everything in memory, for tests. */
  readonly file: string
  /** Every collection this store holds: tables and indexes are made from it. */
  readonly collections: readonly Collection<never>[]
  readonly migrations?: readonly Migration[]
}

/** Changes documents written by an older program. Runs once per file, in order, inside one transaction. */
export interface Migration {
  /** 1, 2, 3 …; never reused. */
  readonly version: number
  readonly name: string
  readonly statements: readonly string[]
}

/** Opens, or creates, a store in one SQLite file. */
export declare function openSqliteStore(options: SqliteOptions): Promise<Store>
