import { assert } from '@oakestra/base'
import type { Database, SqlValue } from './driver.ts'
import type { Collection } from './store.ts'

/** A collection as its table sees it: documents are just JSON here. */
export interface CollectionTable {
  readonly name: string
  readonly indexNames: readonly string[]
  /** The statement that inserts or replaces a document: key, body, then the indexed values. */
  readonly putText: string
  keyOf(document: unknown): string
  indexValues(document: unknown): SqlValue[]
}

const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9_]*$/

/** Columns that hold indexed properties; the prefix keeps them apart from `id` and `body`. */
const COLUMN_PREFIX = 'ix_'

export function tableOf(collection: Collection<never>): CollectionTable {
  const keyOf = collection.key as (document: unknown) => string
  const indexes = Object.entries(collection.indexes ?? {}) as [string, (document: unknown) => string | number | undefined][]
  const indexNames = indexes.map(([name]) => name)
  for (const name of [collection.name, ...indexNames]) assert(NAME_PATTERN.test(name), `${name} cannot be the name of a table or column`)
  return {
    name: collection.name,
    indexNames,
    putText: putText(collection.name, indexNames),
    keyOf,
    indexValues: (document) => indexes.map(([, read]) => read(document) ?? null),
  }
}

/** A document that is there already, word for word, is not written again. */
function putText(name: string, indexNames: readonly string[]): string {
  const columns = ['id', 'body', ...indexNames.map((index) => quoted(columnOf(index)))]
  const updates = columns.slice(1).map((column) => `${column} = excluded.${column}`)
  const marks = columns.map(() => '?').join(', ')
  return `INSERT INTO ${quoted(name)} (${columns.join(', ')}) VALUES (${marks})
    ON CONFLICT (id) DO UPDATE SET ${updates.join(', ')} WHERE body IS NOT excluded.body`
}

export function columnOf(index: string): string {
  return `${COLUMN_PREFIX}${index}`
}

export function quoted(name: string): string {
  return `"${name}"`
}

/** Makes the table when it is missing, without its indexes. */
export function createTable(database: Database, table: CollectionTable): void {
  database.exec(`CREATE TABLE IF NOT EXISTS ${quoted(table.name)} (id TEXT PRIMARY KEY NOT NULL, body TEXT NOT NULL)`)
}

/**
 * Makes the index columns match the collection's definition: missing ones are added, ones that are no longer
 * defined are dropped, since nobody would keep them up to date. Returns whether rows must be indexed again.
 */
export function alignIndexes(database: Database, table: CollectionTable): boolean {
  const wanted = table.indexNames.map(columnOf)
  const present = indexColumns(database, table.name)
  for (const column of present.filter((name) => !wanted.includes(name))) dropIndex(database, table.name, column)
  const missing = wanted.filter((name) => !present.includes(name))
  for (const column of missing) addIndex(database, table.name, column)
  return missing.length > 0
}

/** Computes the index columns of every row from its document. */
export function indexRows(database: Database, table: CollectionTable): void {
  if (table.indexNames.length === 0) return
  const assignments = table.indexNames.map((name) => `${quoted(columnOf(name))} = ?`).join(', ')
  const update = database.prepare(`UPDATE ${quoted(table.name)} SET ${assignments} WHERE id = ?`)
  // In pages: a table may be larger than what memory should hold at once.
  const page = database.prepare(`SELECT id, body FROM ${quoted(table.name)} WHERE id > ? ORDER BY id LIMIT 500`)
  let rows = database.prepare(`SELECT id, body FROM ${quoted(table.name)} ORDER BY id LIMIT 500`).all() as Row[]
  while (rows.length > 0) {
    for (const { id, body } of rows) update.run(...table.indexValues(JSON.parse(body)), id)
    rows = page.all(rows.at(-1)?.id ?? '') as Row[]
  }
}

interface Row {
  readonly id: string
  readonly body: string
}

function indexColumns(database: Database, table: string): string[] {
  const columns = database.prepare(`PRAGMA table_info(${quoted(table)})`).all() as { name: string }[]
  return columns.map((column) => column.name).filter((name) => name.startsWith(COLUMN_PREFIX))
}

function addIndex(database: Database, table: string, column: string): void {
  // No declared type: numbers stay numbers and text stays text.
  database.exec(`ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(column)}`)
  database.exec(`CREATE INDEX ${quoted(`${table}_${column}`)} ON ${quoted(table)} (${quoted(column)}, id)`)
}

function dropIndex(database: Database, table: string, column: string): void {
  database.exec(`DROP INDEX IF EXISTS ${quoted(`${table}_${column}`)}`)
  database.exec(`ALTER TABLE ${quoted(table)} DROP COLUMN ${quoted(column)}`)
}
