import { assert, OakError } from '@oakestra/base'
import type { Database } from './driver.ts'
import { alignIndexes, type CollectionTable, createTable, indexRows } from './schema.ts'

/** Changes documents written by an older program. Runs once per file, in order, inside one transaction. */
export interface Migration {
  /** 1, 2, 3 …; never reused. */
  readonly version: number
  readonly name: string
  /** Tables are named as their collections and have the columns `id` and `body`; indexes are rebuilt afterwards. */
  readonly statements: readonly string[]
}

/** "OAKE": tells our files from other programs' databases. */
const APPLICATION_ID = 0x4f414b45

/** Raised when tables themselves change their form. */
const LAYOUT_VERSION = 1

const MIGRATIONS_TABLE = 'oak_migrations'

/**
 * Brings a file, new or old, to the form this program works with. Leaves it untouched when it cannot.
 * @throws OakError `not-supported` for a file of another program or of a newer version; `internal` for a failed migration
 */
export function prepareFile(database: Database, file: string, tables: readonly CollectionTable[], migrations: readonly Migration[]): void {
  migrations.forEach((migration, index) => {
    assert(migration.version === index + 1, `migration ${migration.name} must have version ${index + 1}`)
  })
  database.exec('BEGIN IMMEDIATE')
  try {
    upgrade(database, file, tables, migrations)
    database.exec('COMMIT')
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw thrown
  }
}

function upgrade(database: Database, file: string, tables: readonly CollectionTable[], migrations: readonly Migration[]): void {
  const isNew = integer(database, 'SELECT count(*) AS n FROM sqlite_schema') === 0
  if (!isNew) refuseForeign(database, file, migrations.length)
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${LAYOUT_VERSION}`)
  database.exec(`CREATE TABLE IF NOT EXISTS ${MIGRATIONS_TABLE} (version INTEGER PRIMARY KEY, name TEXT NOT NULL)`)
  for (const table of tables) createTable(database, table)
  const pending = migrations.slice(appliedVersion(database))
  for (const migration of pending) applyMigration(database, file, migration, isNew)
  for (const table of tables) {
    const isBehind = alignIndexes(database, table)
    if (!isNew && (isBehind || pending.length > 0)) indexRows(database, table)
  }
}

function refuseForeign(database: Database, file: string, known: number): void {
  if (integer(database, 'SELECT application_id AS n FROM pragma_application_id') !== APPLICATION_ID) {
    throw new OakError('not-supported', `${file} is a database of another program: move it away, or choose another state directory`)
  }
  const layout = integer(database, 'SELECT user_version AS n FROM pragma_user_version')
  const version = appliedVersion(database)
  if (layout <= LAYOUT_VERSION && version <= known) return
  const found = `layout ${layout}, version ${version}; this one knows layout ${LAYOUT_VERSION}, version ${known}`
  const advice = 'start the newer program again, or restore the backup made before the upgrade'
  throw new OakError('not-supported', `${file} was written by a newer version of this program (${found}): ${advice}`)
}

function appliedVersion(database: Database): number {
  return integer(database, `SELECT coalesce(max(version), 0) AS n FROM ${MIGRATIONS_TABLE}`)
}

/** A new file has no old documents: its migrations only count as done. */
function applyMigration(database: Database, file: string, migration: Migration, isNew: boolean): void {
  try {
    if (!isNew) for (const statement of migration.statements) database.exec(statement)
  } catch (thrown) {
    const what = `migration ${migration.version} (${migration.name}) of ${file} failed`
    throw new OakError('internal', `${what}: the file is unchanged, start the previous version of the program`, { cause: thrown })
  }
  database.prepare(`INSERT INTO ${MIGRATIONS_TABLE} (version, name) VALUES (?, ?)`).run(migration.version, migration.name)
}

function integer(database: Database, text: string): number {
  return (database.prepare(text).get() as { n: number }).n
}
