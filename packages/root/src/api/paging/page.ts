import { Answered } from '../answered.ts'
import { fromCursor, toCursor } from './cursor.ts'
import { limitOf, type PageQuery } from './page-query.ts'

/** The header that says where the next page begins. */
const NEXT_CURSOR = 'x-next-cursor'

/** A part of a list, in its order. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Absent when nothing follows. */
  readonly nextCursor?: string | undefined
}

/** A page as an answer: the items, and in the header where to go on. */
export function answerPage<T>({ nextCursor }: Page<unknown>, items: readonly T[]): Answered {
  return new Answered(items, nextCursor === undefined ? {} : { [NEXT_CURSOR]: nextCursor })
}

/**
 * A page of a list that is in memory anyway, such as nodes and clusters.
 * @param keyOf differs between items, and never changes: pages are ordered by it
 */
export function pageOf<T>(list: readonly T[], query: PageQuery, keyOf: (item: T) => string): Page<T> {
  const limit = limitOf(query)
  if (limit === undefined) return { items: list }
  const [after = ''] = query.cursor === undefined ? [] : fromCursor(query.cursor, ['string'])
  const behind = list.filter((item) => keyOf(item) > String(after)).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
  const items = behind.slice(0, limit)
  const last = items.at(-1)
  return { items, ...(last !== undefined && behind.length > limit ? { nextCursor: toCursor([keyOf(last)]) } : {}) }
}
