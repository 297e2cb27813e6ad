import { Readable } from 'node:stream'
import { answerPage, type Page } from './page.ts'
import { limitOf, type PageQuery } from './page-query.ts'

/** Reads one page of a list, in the words of clients. */
export type ReadPage<T> = (query: PageQuery) => Promise<Page<T>>

/** Items of a whole list that are made and sent at a time: other calls and sessions are served in between. */
const PIECE = '100'

/**
 * The page that was asked for. Where none was, the whole list as upstream has it: a long one is sent as it is read, so that
 * neither the store nor the memory ever has to hold all of it. What is added or removed meanwhile may or may not be in it.
 */
export async function answerList<T>(query: PageQuery, read: ReadPage<T>): Promise<unknown> {
  if (limitOf(query) !== undefined) {
    const page = await read(query)
    return answerPage(page, page.items)
  }
  // What can be refused is refused with the first piece, before anything was sent.
  const first = await read({ limit: PIECE })
  return first.nextCursor === undefined ? first.items : Readable.from(wholeList(first, read), { objectMode: false })
}

async function* wholeList<T>(first: Page<T>, read: ReadPage<T>): AsyncGenerator<string, void, void> {
  yield '['
  let isBegun = false
  for (let page = first; ; page = await read({ limit: PIECE, cursor: page.nextCursor })) {
    if (page.items.length > 0) {
      // The items of a piece without its brackets.
      yield (isBegun ? ',' : '') + JSON.stringify(page.items).slice(1, -1)
      isBegun = true
    }
    if (page.nextCursor === undefined) break
  }
  yield ']'
}
