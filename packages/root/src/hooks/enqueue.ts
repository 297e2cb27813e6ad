import { createHash } from 'node:crypto'
import { canonicalJson, type Logger } from '@oakestra/base'
import type { Writer } from '@oakestra/store'
import { type Hook, type HookDelivery, hookDeliveries, hooks, WAITING_MAX } from './hook.ts'
import type { HookBook } from './hook-book.ts'
import { postBody } from './hook-subject.ts'
import { anew } from './plan-delivery.ts'
import type { HookNews } from './watched.ts'

export interface EnqueueDeps {
  readonly book: HookBook
  readonly nowMs: number
  readonly logger: Logger
}

/** Keeps what hooks are to hear, in the transaction that makes it so: both are there, or none. */
export async function enqueue(writer: Writer, { event, subject }: HookNews, { book, nowMs, logger }: EnqueueDeps): Promise<void> {
  for (const hook of book.wanting(event, subject)) {
    const body = postBody(hook.entity, event, subject)
    const id = deliveryId(hook, body)
    const known = await writer.get(hookDeliveries, id)
    if (!known && (await writer.count(hookDeliveries, { index: 'waiting', equals: hook.id })) >= WAITING_MAX) {
      await drop(writer, hook, logger)
      continue
    }
    await writer.put(
      hookDeliveries,
      again(known ?? { id, hookId: hook.id, event, body, happenedAtMs: nowMs, changes: 0, attempts: 0 }, nowMs),
    )
  }
}

/** To be told at once when it was given up: it is news once more. What is tried again keeps its time, for nothing says that it is heard now. */
function again(delivery: HookDelivery, nowMs: number): HookDelivery {
  const changed = { ...delivery, happenedAtMs: nowMs, changes: delivery.changes + 1 }
  return changed.dueAtMs === undefined ? anew(changed, nowMs) : changed
}

/** The same body to the same hook is the same delivery. */
function deliveryId(hook: Hook, body: HookDelivery['body']): string {
  const { entity, entity_id, event } = body
  return createHash('sha256')
    .update(canonicalJson([hook.id, String(entity), String(entity_id), String(event)]))
    .digest('hex')
    .slice(0, 24)
}

async function drop(writer: Writer, hook: Hook, logger: Logger): Promise<void> {
  const kept = await writer.get(hooks, hook.id)
  if (!kept) return
  await writer.put(hooks, { ...kept, dropped: kept.dropped + 1 })
  if (kept.dropped === 0) logger.warn('a hook has more to hear than is kept for it', { hook: hook.id, max: WAITING_MAX })
}
