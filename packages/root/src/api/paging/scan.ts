import type { Collection, Reader } from '@oakestra/store'
import { fromCursor, toCursor } from './cursor.ts'
import type { Page } from './page.ts'
import { limitOf, type PageQuery } from './page-query.ts'

/** Documents read at a time: more only costs memory. */
const BATCH_MAX = 200

/** Behind everything that may follow a prefix. */
const LAST = '\u{10ffff}'

/** Documents whose value in an index begins with a text, in the order of the index. Values differ between documents, as those of `state/order-keys.ts`. */
export interface Scan<T> {
  readonly collection: Collection<T>
  readonly index: string
  readonly prefix: string
}

/** A document, and where in its scan it stands. */
interface Found<T> {
  readonly document: T
  readonly position: string
}

/**
 * A page out of several scans, one after the other, read from where the last page ended: it costs what it holds, however
 * much there is. What is added meanwhile is on a later page or on none; nothing is told twice, and nothing left out that stayed.
 * @param counts whether a document is shown; what is not is passed over
 */
export async function pageOfScans<T>(
  reader: Reader,
  scans: readonly Scan<T>[],
  query: PageQuery,
  counts: (document: T, scan: number) => boolean | Promise<boolean>,
): Promise<Page<T>> {
  const limit = limitOf(query) ?? Number.POSITIVE_INFINITY
  const [first, after] = query.cursor === undefined ? [0, ''] : fromCursor(query.cursor, ['number', 'string'])
  const items: T[] = []
  let next: string | undefined
  for (const [number, scan] of scans.entries()) {
    if (number < Number(first)) continue
    for await (const { document, position } of scanFrom(reader, scan, number === first ? String(after) : '', limit + 1)) {
      if (!(await counts(document, number))) continue
      // One too many tells that there is a next page.
      if (items.length === limit) return { items, nextCursor: next }
      items.push(document)
      next = toCursor([number, position])
    }
  }
  return { items }
}

/** A page of one scan. */
export function pageOfScan<T>(
  reader: Reader,
  scan: Scan<T>,
  query: PageQuery,
  counts: (document: T) => boolean | Promise<boolean>,
): Promise<Page<T>> {
  return pageOfScans(reader, [scan], query, counts)
}

/** A page of a whole collection, by key: for what has no owner, and no other order that matters. */
export async function pageOfKeys<T>(
  reader: Reader,
  collection: Collection<T>,
  query: PageQuery,
  counts: (document: T) => boolean,
): Promise<Page<T>> {
  const limit = limitOf(query)
  if (limit === undefined) return { items: (await reader.list(collection)).filter(counts) }
  let [afterKey = ''] = query.cursor === undefined ? [] : fromCursor(query.cursor, ['string'])
  const items: T[] = []
  for (;;) {
    const batch = await reader.list(collection, { afterKey: String(afterKey), limit: limit + 1 })
    for (const document of batch) {
      if (!counts(document)) continue
      const last = items.at(-1)
      if (items.length === limit && last !== undefined) return { items, nextCursor: toCursor([collection.key(last)]) }
      items.push(document)
    }
    const last = batch.at(-1)
    if (last === undefined || batch.length <= limit) return { items }
    afterKey = collection.key(last)
  }
}

/**
 * Documents behind a position, to the end of their scan.
 * @param wanted how many will probably be read
 */
export async function* scanFrom<T>(
  reader: Reader,
  { collection, index, prefix }: Scan<T>,
  after: string,
  wanted = BATCH_MAX,
): AsyncGenerator<Found<T>, void, void> {
  const positionOf = collection.indexes?.[index]
  const limit = Math.min(wanted, BATCH_MAX)
  let greaterThan = after < prefix ? prefix : after
  for (;;) {
    const batch = await reader.list(collection, { index, greaterThan, lessThan: prefix + LAST, limit })
    for (const document of batch) {
      greaterThan = String(positionOf?.(document))
      yield { document, position: greaterThan }
    }
    if (batch.length < limit) return
  }
}
