import { assert, OakError } from '@oakestra/base'
import { DocumentCache } from './document-cache.ts'
import type { Database, SqlValue, Statement } from './driver.ts'
import { type CollectionTable, columnOf, quoted } from './schema.ts'
import type { Query } from './store.ts'

/** Documents as rows, synchronously and without any transaction of its own. */
export class Documents {
  readonly #database: Database
  readonly #tables: ReadonlyMap<string, CollectionTable>
  /** By SQL text. Bounded: texts differ only by collection, index and the shape of a query. */
  readonly #statements = new Map<string, Statement>()

  readonly #cache = new DocumentCache()
  readonly #beforeChange: () => void

  /** @param beforeChange is called before each statement that may change something, to open the transaction that it belongs to */
  constructor(database: Database, tables: readonly CollectionTable[], beforeChange: () => void) {
    this.#database = database
    this.#beforeChange = beforeChange
    this.#tables = new Map(tables.map((table) => [table.name, table]))
  }

  /** To be told when writes were taken back, in part or whole. */
  takenBack(): void {
    this.#cache.clear()
  }

  get(collection: string, key: string): unknown {
    const held = this.#cache.find(collection, key)
    if (held) return held.document
    const { name } = this.#table(collection)
    if (hasNul(key)) return undefined
    const row = this.#prepare(`SELECT body FROM ${quoted(name)} WHERE id = ?`).get(key) as { readonly body: string } | undefined
    this.#cache.keep(collection, key, row?.body)
    if (row === undefined) return undefined
    return (this.#cache.find(collection, key) ?? { document: parseBody(row) }).document
  }

  list(collection: string, query: Query): unknown[] {
    const { where, values, order } = condition(this.#table(collection), query)
    const statement = this.#prepare(`SELECT body FROM ${quoted(collection)} ${where} ORDER BY ${order} LIMIT ?`)
    return statement.all(...values, limitOf(query)).map(parseBody)
  }

  count(collection: string, query: Query): number {
    const { where, values } = condition(this.#table(collection), query)
    const inner = `SELECT 1 FROM ${quoted(collection)} ${where} LIMIT ?`
    const row = this.#prepare(`SELECT count(*) AS n FROM (${inner})`).get(...values, limitOf(query))
    return (row as { n: number }).n
  }

  /** Returns the document's key, and whether anything changed: an equal document is not written again. */
  put(collection: string, document: unknown): { readonly key: string; readonly changed: boolean } {
    const table = this.#table(collection)
    const key = table.keyOf(document)
    const body = JSON.stringify(document)
    assert(typeof key === 'string' && body !== undefined, `a document of ${collection} needs a key and must be JSON`)
    // What reconcilers put again and again is no business of the database.
    if (this.#cache.holds(collection, key, body)) return { key, changed: false }
    this.#beforeChange()
    const { changes } = this.#prepare(table.putText).run(bindable(key), body, ...table.indexValues(document).map(bindable))
    const changed = Number(changes) > 0
    if (changed) this.#cache.written(collection, key, body)
    return { key, changed }
  }

  /** Returns whether it was there. */
  remove(collection: string, key: string): boolean {
    const { name } = this.#table(collection)
    if (hasNul(key) || this.#isKnownAbsent(collection, key)) return false
    this.#beforeChange()
    this.#cache.drop(collection, key)
    return Number(this.#prepare(`DELETE FROM ${quoted(name)} WHERE id = ?`).run(key).changes) > 0
  }

  #isKnownAbsent(collection: string, key: string): boolean {
    const held = this.#cache.find(collection, key)
    return held !== undefined && held.document === undefined
  }

  #table(collection: string): CollectionTable {
    const table = this.#tables.get(collection)
    assert(table, `collection ${collection} was not named when the store was opened`)
    return table
  }

  #prepare(text: string): Statement {
    const known = this.#statements.get(text)
    if (known) return known
    const statement = this.#database.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }
}

/**
 * What SQLite compares must not hold a NUL: some drivers end the text there, and one name would then answer for another.
 * @throws OakError `bad-request`
 */
function bindable<T extends SqlValue>(value: T): T {
  if (hasNul(value)) throw new OakError('bad-request', 'a name or key cannot hold a NUL character')
  return value
}

function hasNul(value: SqlValue): boolean {
  return typeof value === 'string' && value.includes('\0')
}

function parseBody(row: unknown): unknown {
  return JSON.parse((row as { body: string }).body)
}

interface Condition {
  readonly where: string
  readonly values: readonly SqlValue[]
  readonly order: string
}

function condition(table: CollectionTable, query: Query): Condition {
  return query.index === undefined ? keyCondition(query) : indexCondition(table, query.index, query)
}

function keyCondition(query: Query): Condition {
  const bounds = [query.equals, query.greaterThan, query.lessThan]
  assert(
    bounds.every((bound) => bound === undefined),
    'equals, greaterThan and lessThan need an index',
  )
  if (query.afterKey === undefined) return { where: '', values: [], order: 'id' }
  return { where: 'WHERE id > ?', values: [bindable(query.afterKey)], order: 'id' }
}

function indexCondition(table: CollectionTable, index: string, query: Query): Condition {
  assert(table.indexNames.includes(index), `collection ${table.name} has no index ${index}`)
  assert(query.afterKey === undefined, 'afterKey cannot be used with an index')
  const column = quoted(columnOf(index))
  const bounds = [
    ...(query.equals === undefined ? [] : [{ text: `${column} = ?`, value: query.equals }]),
    ...(query.greaterThan === undefined ? [] : [{ text: `${column} > ?`, value: query.greaterThan }]),
    ...(query.lessThan === undefined ? [] : [{ text: `${column} < ?`, value: query.lessThan }]),
  ]
  const texts = bounds.length === 0 ? [`${column} IS NOT NULL`] : bounds.map((bound) => bound.text)
  return { where: `WHERE ${texts.join(' AND ')}`, values: bounds.map((bound) => bindable(bound.value)), order: `${column}, id` }
}

/** SQLite reads a negative limit as none. */
function limitOf(query: Query): number {
  if (query.limit === undefined) return -1
  assert(Number.isSafeInteger(query.limit) && query.limit >= 0, 'a limit is a whole number that is not negative')
  return query.limit
}
