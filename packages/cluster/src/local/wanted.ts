import { inboxItems } from '@oakestra/session'
import type { Reader } from '@oakestra/store'
import type { DocumentItem } from '@oakestra/wire'
import { instanceOrder, isInForce, orders, removalId } from './orders.ts'

/**
 * What this cluster shall run as this instance: what root says, unless it was removed here; what was ordered here, unless root says
 * something of it. Everybody who asks what is wanted asks this. The body is not checked yet when it is root's.
 */
export async function wantedItem(reader: Reader, id: string): Promise<DocumentItem | undefined> {
  if (await reader.get(orders, removalId(id))) return undefined
  const item = await reader.get(inboxItems, id)
  if (item) return item.kind === 'instance' ? item : undefined
  const order = await instanceOrder(reader, id)
  return order && isInForce(order) ? { id, kind: 'instance', body: order.body } : undefined
}

/** True for an instance that was ordered here and that root does not know, as far as this cluster does. */
export async function isOnlyHere(reader: Reader, id: string): Promise<boolean> {
  const order = await instanceOrder(reader, id)
  return order !== undefined && !order.taken && (await reader.get(inboxItems, id)) === undefined
}

/** The ids of all instances of which root or an order says something. */
export async function mentionedIds(reader: Reader): Promise<readonly string[]> {
  const items = await reader.list(inboxItems, { index: 'kind', equals: 'instance' })
  const added = (await reader.list(orders)).filter(({ kind }) => kind === 'add-instance')
  return [...items, ...added].map(({ id }) => id)
}
