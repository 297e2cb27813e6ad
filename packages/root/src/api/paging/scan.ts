import type { Collection, Reader } from '@oakestra/store'
import { fromCursor, toCursor } from './cursor.ts'
import type { Page } from './page.ts'
import { limitOf, type PageQuery } from './page-query.ts'

/** Documents read at a time where it is not known how many of them count. */
const BATCH = 100

/** Which documents: those whose value in an index begins with a text, in the order of the index. */
export interface Scan<T> {
  readonly collection: Collection<T>
  readonly index: string
  readonly prefix: string
}

/**
 * A page of a collection, read from where the last one ended: it costs what it holds, however much there is.
 * @param counts whether a document is shown; what is not is passed over
 */
export async function pageOfScan<T>(reader: Reader, scan: Scan<T>, query: PageQuery, counts: (document: T) => boolean): Promise<Page<T>> {
  const limit = limitOf(query) ?? Number.POSITIVE_INFINITY
  const [after = scan.prefix] = query.cursor === undefined ? [] : fromCursor(query.cursor, ['string'])
  const items: T[] = []
  let last: string | undefined
  for await (const { document, position } of scanFrom(reader, scan, String(after))) {
    // One too many tells whether there is a next page.
    if (items.length === limit) return { items, nextCursor: toCursor([last ?? '']) }
    if (!counts(document)) continue
    items.push(document)
    last = position
  }
  return { items }
}

/** Documents behind a position, with the position of each. */
export async function* scanFrom<T>(
  reader: Reader,
  { collection, index, prefix }: Scan<T>,
  after: string,
): AsyncGenerator<{ readonly document: T; readonly position: string }, void, void> {
  const positionOf = collection.indexes?.[index]
  let greaterThan = after < prefix ? prefix : after
  for (;;) {
    const batch = await reader.list(collection, { index, greaterThan, limit: BATCH })
    for (const document of batch) {
      const position = String(positionOf?.(document))
      if (!position.startsWith(prefix)) return
      yield { document, position }
      greaterThan = position
    }
    if (batch.length < BATCH) return
  }
}
