import { OakError } from '@oakestra/base'
import { type DocumentItem, HELD_ITEMS_METHOD, heldItemsSchema, parseWire } from '@oakestra/wire'

/** Asks the far end of a session. */
export type Ask = (method: string, params: unknown, timeoutMs: number) => Promise<unknown>

// Five pages to a thousand items, each well within a second; the time is for a link that loses every fifth packet.
const PAGE_TIMEOUT_MS = 20_000
// As many as a document in parts may bring, with some 200 to a page: beyond this the child is not honest.
const ITEMS_MAX = 100_000

/** Everything that a child holds. @throws OakError `bad-request` when its answers make no sense, else what asking throws */
export async function askHeldItems(ask: Ask): Promise<readonly DocumentItem[]> {
  const items: DocumentItem[] = []
  for (let after: string | undefined; ; ) {
    const answer = await ask(HELD_ITEMS_METHOD, after === undefined ? {} : { after }, PAGE_TIMEOUT_MS)
    const page = parseWire(heldItemsSchema, answer, 'held items')
    items.push(...page.items)
    if (page.next === undefined) return items
    if (page.items.length === 0 || items.length > ITEMS_MAX)
      throw new OakError('bad-request', 'the child does not come to an end of what it holds')
    after = page.next
  }
}
