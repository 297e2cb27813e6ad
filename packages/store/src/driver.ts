import { createRequire } from 'node:module'

/** What may be bound to a statement. */
export type SqlValue = string | number | null

/** The few calls of `node:sqlite` that the store needs. All are synchronous. */
export interface Statement {
  run(...values: SqlValue[]): { readonly changes: number | bigint }
  get(...values: SqlValue[]): unknown
  all(...values: SqlValue[]): unknown[]
}

export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
  /** False when SQLite ended the transaction by itself, as it does after some disk errors. */
  readonly isTransaction: boolean
}

interface SqliteModule {
  readonly DatabaseSync: new (file: string) => Database
}

/** Opens a connection. The only place that knows where SQLite comes from. */
export function openDatabase(file: string): Database {
  const { DatabaseSync } = loadBuiltin() ?? loadPackage()
  return new DatabaseSync(file)
}

/** Node's own SQLite, from 22.16 on. `reference/dependencies.md` S5. */
function loadBuiltin(): SqliteModule | undefined {
  return withoutExperimentalWarning(() => process.getBuiltinModule('node:sqlite') as unknown as SqliteModule | undefined)
}

/** The same interface from a package with prebuilt binaries, for Node 20. */
function loadPackage(): SqliteModule {
  return createRequire(import.meta.url)('@photostructure/sqlite') as SqliteModule
}

/** Node warns on stderr when its SQLite is first loaded; users can do nothing about it. */
function withoutExperimentalWarning<T>(load: () => T): T {
  const original = process.emitWarning
  process.emitWarning = () => undefined
  try {
    return load()
  } finally {
    process.emitWarning = original
  }
}
