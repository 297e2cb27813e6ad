import { chmodSync, closeSync, openSync } from 'node:fs'
import { type Logger, silentLogger } from '@oakestra/base'
import { type Database, openDatabase } from './driver.ts'
import { type Migration, prepareFile } from './migrations.ts'
import { tableOf } from './schema.ts'
import { toStorageError } from './sqlite-errors.ts'
import { SqliteStore } from './sqlite-store.ts'
import type { Collection, Store } from './store.ts'

export interface SqliteOptions {
  /** Path of the database file; its directory exists. `:memory:` keeps everything in memory, for tests. */
  readonly file: string
  /** Every collection this store holds: tables and indexes are made from it. */
  readonly collections: readonly Collection<never>[]
  readonly migrations?: readonly Migration[]
  /** Hears of listeners that fail. */
  readonly logger?: Logger
}

/** How long a statement waits for another process, such as a backup. It blocks the event loop, hence short. */
const BUSY_TIMEOUT_MS = 1000

/**
 * Opens, or creates, a store in one SQLite file that only its owner may read.
 * @throws OakError `unavailable` with what to do when the file cannot be used; `not-supported` when another
 * program or a newer version wrote it
 */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const { file, collections, migrations = [], logger = silentLogger } = options
  const tables = collections.map(tableOf)
  const database = openFile(file)
  try {
    configure(database)
    prepareFile(database, file, tables, migrations)
  } catch (thrown) {
    database.close()
    throw toStorageError(thrown, file)
  }
  return new SqliteStore(database, file, tables, logger)
}

function openFile(file: string): Database {
  try {
    if (file !== ':memory:') makePrivate(file)
    return openDatabase(file)
  } catch (thrown) {
    throw toStorageError(thrown, file)
  }
}

/** It holds password hashes and keys. SQLite gives its log the mode of the file. */
function makePrivate(file: string): void {
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
}

/** Durable at commit: the log is written through to the disk each time. */
function configure(database: Database): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL`)
}
