import { LIMITS, OakError } from '@oakestra/base'
import type { Collection, Reader, Store, Writer } from '@oakestra/store'
import type { DocumentHead, DocumentItem, DocumentMessage, HeldItems } from '@oakestra/wire'
import { PARTS_MAX } from '../parts.ts'
import { EMPTY_DIGEST, itemHash, toggled } from './digest.ts'

/** An item this child is meant to have. */
export interface InboxItem extends DocumentItem {
  readonly hash: string
}

interface InboxHead extends DocumentHead {
  readonly id: 'head'
  /** The child has joined anew: the next whole document may be that of another parent. */
  readonly newParent?: true
}

// A page of held items is one answer, well below `LIMITS.sessionMessageBytes` with items of usual size.
const PAGE_ITEMS = 200
const PAGE_BYTES_MAX = LIMITS.sessionMessageBytes / 4

export const inboxItems: Collection<InboxItem> = { name: 'inbox_items', key: (item) => item.id, indexes: { kind: (item) => item.kind } }
const inboxHeads: Collection<InboxHead> = { name: 'inbox_heads', key: (head) => head.id }

/** The collections a store needs for its side as a child. */
export const INBOX_COLLECTIONS = [inboxItems, inboxHeads] as const

export type Applied =
  | { readonly ok: true; readonly generation: number }
  | { readonly ok: false; readonly reason: 'stale' | 'conflict' | 'foreign' }

/**
 * The document a child was given, kept in the child's store before anybody acts on it, so that the child can go on
 * without its parent. Refuses to go back, and to take other content under the same generation.
 */
export class Inbox {
  readonly #store: Store
  #parts: DocumentMessage[] = []

  constructor(store: Store) {
    this.#store = store
  }

  head(): Promise<DocumentHead | undefined> {
    return this.#store.read((reader) => this.#head(reader))
  }

  /** Forgets parts of a document whose end never came. To be called for each new connection. */
  startOver(): void {
    this.#parts = []
  }

  /**
   * To be called when this child has joined anew, before it connects: its next whole document may come from a parent that it does not
   * know. Until then everything it holds stays as it is.
   */
  async acceptNewParent(): Promise<void> {
    await this.#store.write(async (writer) => {
      const head = await writer.get(inboxHeads, 'head')
      if (head) await writer.put(inboxHeads, { ...head, newParent: true })
    })
  }

  /** True while the document of an unknown parent would be taken in. */
  async expectsNewParent(): Promise<boolean> {
    const head = await this.#store.read((reader) => reader.get(inboxHeads, 'head'))
    return head?.newParent ?? false
  }

  /** A page of what this child holds, in the order of ids, from behind `after` on. */
  async page(after?: string): Promise<HeldItems> {
    const query = { limit: PAGE_ITEMS + 1, ...(after !== undefined && { afterKey: after }) }
    const found = await this.#store.read((reader) => reader.list(inboxItems, query))
    const items: DocumentItem[] = []
    let bytes = 0
    for (const { id, kind, body } of found.slice(0, PAGE_ITEMS)) {
      bytes += JSON.stringify(body ?? null).length
      if (items.length > 0 && bytes > PAGE_BYTES_MAX) break
      items.push({ id, kind, body })
    }
    const last = items.at(-1)
    return last && items.length < found.length ? { items, next: last.id } : { items }
  }

  /**
   * Takes in one message. `undefined` while more parts are to come.
   * @throws OakError `bad-request` for parts that do not belong together, or too many of them
   */
  async apply(message: DocumentMessage): Promise<Applied | undefined> {
    this.#parts.push(message)
    if (!belongTogether(this.#parts[0] ?? message, message)) throw new OakError('bad-request', 'parts of two documents are mixed')
    if (this.#parts.length > PARTS_MAX) throw new OakError('bad-request', `a document has more than ${PARTS_MAX} parts`)
    if (message.more) return undefined
    const parts = this.#parts
    this.#parts = []
    return this.#store.write((writer) => this.#take(writer, message, parts))
  }

  async #take(writer: Writer, last: DocumentMessage, parts: readonly DocumentMessage[]): Promise<Applied> {
    const held = await writer.get(inboxHeads, 'head')
    const refusal = refusalOf(held, last)
    if (refusal) return { ok: false, reason: refusal }
    const put = parts.flatMap((part) => part.put).map((item) => ({ ...item, hash: itemHash(item) }))
    if (namesTwice(put, parts)) return { ok: false, reason: 'conflict' }
    const before = await this.#touched(writer, last, put, parts)
    const digest = nextDigest(last.mode === 'all' ? EMPTY_DIGEST : (held?.digest ?? EMPTY_DIGEST), last.mode, before, put)
    if (digest !== last.head.digest) return { ok: false, reason: 'conflict' }
    await write(writer, before, put)
    await writer.put(inboxHeads, { ...last.head, id: 'head' })
    return { ok: true, generation: last.head.generation }
  }

  /** Items that this message replaces or removes, as they are now. */
  async #touched(
    writer: Writer,
    last: DocumentMessage,
    put: readonly InboxItem[],
    parts: readonly DocumentMessage[],
  ): Promise<readonly InboxItem[]> {
    if (last.mode === 'all') return writer.list(inboxItems)
    const ids = new Set([...parts.flatMap((part) => part.remove), ...put.map((item) => item.id)])
    const found = await Promise.all([...ids].map((id) => writer.get(inboxItems, id)))
    return found.filter((item) => item !== undefined)
  }

  async #head(reader: Reader): Promise<DocumentHead | undefined> {
    const head = await reader.get(inboxHeads, 'head')
    return head && { epoch: head.epoch, generation: head.generation, digest: head.digest }
  }
}

function belongTogether(first: DocumentMessage, next: DocumentMessage): boolean {
  const { epoch, generation, digest } = first.head
  const { head, mode, from } = next
  return head.epoch === epoch && head.generation === generation && head.digest === digest && mode === first.mode && from === first.from
}

/** An item that comes twice, or comes and goes: the digest cannot tell which is meant. */
function namesTwice(put: readonly InboxItem[], parts: readonly DocumentMessage[]): boolean {
  const ids = [...put.map((item) => item.id), ...parts.flatMap((part) => part.remove)]
  return new Set(ids).size < ids.length
}

function refusalOf(held: InboxHead | undefined, message: DocumentMessage): 'stale' | 'conflict' | 'foreign' | undefined {
  if (!held) return message.mode === 'all' ? undefined : 'stale'
  if (held.epoch !== message.head.epoch) return held.newParent && message.mode === 'all' ? undefined : 'foreign'
  if (message.mode === 'change' && message.from !== held.generation) return 'stale'
  if (message.head.generation < held.generation) return 'stale'
  if (message.head.generation === held.generation && message.head.digest !== held.digest) return 'conflict'
  return undefined
}

function nextDigest(start: string, mode: 'all' | 'change', before: readonly InboxItem[], put: readonly InboxItem[]): string {
  const without = mode === 'all' ? start : before.reduce((digest, item) => toggled(digest, item.hash), start)
  return put.reduce((digest, item) => toggled(digest, item.hash), without)
}

/** Writes only what differs: a whole document received again must not look like a change to anyone. */
async function write(writer: Writer, before: readonly InboxItem[], put: readonly InboxItem[]): Promise<void> {
  const hashBefore = new Map(before.map((item) => [item.id, item.hash]))
  for (const item of put) {
    if (hashBefore.get(item.id) !== item.hash) await writer.put(inboxItems, item)
    hashBefore.delete(item.id)
  }
  for (const id of hashBefore.keys()) await writer.remove(inboxItems, id)
}
