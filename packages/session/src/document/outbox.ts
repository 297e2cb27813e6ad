import { assert, type IdGenerator } from '@oakestra/base'
import type { Collection, Reader, Store, Writer } from '@oakestra/store'
import type { DocumentHead, DocumentItem } from '@oakestra/wire'
import { EMPTY_DIGEST, itemHash, toggled } from './digest.ts'

/** One item a parent wants a child to have, or, while `removed`, wants it to have no more. */
export interface OutboxEntry {
  readonly childId: string
  readonly item: DocumentItem
  readonly hash: string
  /** Generation of the child's document that brought this entry into its present form. */
  readonly generation: number
  readonly removed: boolean
}

export interface OutboxHead extends DocumentHead {
  readonly childId: string
  /** The newest generation that the child has been known to hold. One that comes back with less has a store from the past. */
  readonly confirmed?: number
}

/** Key of an entry. Both halves are ids of ours without a blank, so that keys stay apart. */
export function outboxKey(childId: string, itemId: string): string {
  return `${childId} ${itemId}`
}

export const outboxEntries: Collection<OutboxEntry> = {
  name: 'outbox_entries',
  key: (entry) => outboxKey(entry.childId, entry.item.id),
  indexes: { childId: (entry) => entry.childId, removedFor: (entry) => (entry.removed ? entry.childId : undefined) },
}
export const outboxHeads: Collection<OutboxHead> = { name: 'outbox_heads', key: (head) => head.childId }

const outboxEpochs: Collection<{ readonly id: 'epoch'; readonly epoch: string }> = { name: 'outbox_epochs', key: ({ id }) => id }

/** The collections a store needs for its side as a parent. */
export const OUTBOX_COLLECTIONS = [outboxEntries, outboxHeads, outboxEpochs] as const

/**
 * The desired documents of all children of one parent, kept in the parent's store: whoever decides writes the decision
 * and the document in one transaction. Every change of a child's document raises that child's generation by one.
 */
export class Outbox {
  readonly #epoch: string

  /** @param epoch names this parent's store: a child never mixes documents of two stores. */
  constructor(epoch: string) {
    this.#epoch = epoch
  }

  /** The outbox of a store, whose epoch is made with it, once. */
  static async open(store: Store, ids: IdGenerator): Promise<Outbox> {
    return store.write(async (writer) => {
      const known = await writer.get(outboxEpochs, 'epoch')
      if (known) return new Outbox(known.epoch)
      const epoch = ids.next()
      await writer.put(outboxEpochs, { id: 'epoch', epoch })
      return new Outbox(epoch)
    })
  }

  async head(reader: Reader, childId: string): Promise<DocumentHead> {
    const { epoch, generation, digest } = await this.#head(reader, childId)
    return { epoch, generation, digest }
  }

  /** Adds or replaces an item; nothing changes when it is there already in this form. */
  async put(writer: Writer, childId: string, item: DocumentItem): Promise<void> {
    const before = await this.#entry(writer, childId, item.id)
    if (before && !before.removed && isSame(before.item, item)) return
    const hash = itemHash(item)
    if (before && !before.removed && before.hash === hash) return
    const head = await this.#head(writer, childId)
    const without = before && !before.removed ? toggled(head.digest, before.hash) : head.digest
    const next = { ...head, generation: head.generation + 1, digest: toggled(without, hash) }
    await writer.put(outboxEntries, { childId, item, hash, generation: next.generation, removed: false })
    await writer.put(outboxHeads, next)
  }

  /** Orders an item to be gone. Its entry stays, marked, until the child has been seen without it. */
  async remove(writer: Writer, childId: string, itemId: string): Promise<void> {
    const before = await this.#entry(writer, childId, itemId)
    if (!before || before.removed) return
    const head = await this.#head(writer, childId)
    const next = { ...head, generation: head.generation + 1, digest: toggled(head.digest, before.hash) }
    const item = { id: itemId, kind: before.item.kind, body: null }
    await writer.put(outboxEntries, { childId, item, hash: before.hash, generation: next.generation, removed: true })
    await writer.put(outboxHeads, next)
  }

  /** What the child is meant to have, or still to get rid of. */
  entry(reader: Reader, childId: string, itemId: string): Promise<OutboxEntry | undefined> {
    return this.#entry(reader, childId, itemId)
  }

  /** Entries of a child that came after `generation`; all that are meant to be there when it is absent. */
  async since(reader: Reader, childId: string, generation?: number): Promise<readonly OutboxEntry[]> {
    const entries = await reader.list(outboxEntries, { index: 'childId', equals: childId })
    if (generation === undefined) return entries.filter((entry) => !entry.removed)
    return entries.filter((entry) => entry.generation > generation)
  }

  /** Remembers that the child holds `generation`, and forgets removed items that it has looked at its world without, as of then. */
  async settle(writer: Writer, childId: string, generation: number): Promise<void> {
    const head = await this.#head(writer, childId)
    if (generation > (head.confirmed ?? 0)) await writer.put(outboxHeads, { ...head, confirmed: generation })
    const removed = await writer.list(outboxEntries, { index: 'removedFor', equals: childId })
    for (const entry of removed) {
      if (entry.generation <= generation) await writer.remove(outboxEntries, outboxKey(childId, entry.item.id))
    }
  }

  /** The newest generation that the child has been known to hold; 0 when none. */
  async confirmed(reader: Reader, childId: string): Promise<number> {
    return (await this.#head(reader, childId)).confirmed ?? 0
  }

  /** Takes over, as they are, the items that the child holds and this store knows nothing of, not even that they were removed. */
  async adopt(writer: Writer, childId: string, items: readonly DocumentItem[]): Promise<void> {
    for (const item of items) {
      if (!(await this.#entry(writer, childId, item.id))) await this.put(writer, childId, item)
    }
  }

  /** Passes a generation the child already holds: needed when this store is older than what the child saw. */
  async advanceBeyond(writer: Writer, childId: string, generation: number): Promise<DocumentHead> {
    const head = await this.#head(writer, childId)
    if (head.generation <= generation) await writer.put(outboxHeads, { ...head, generation: generation + 1 })
    return this.head(writer, childId)
  }

  /** Forgets a child altogether. */
  async dropChild(writer: Writer, childId: string): Promise<void> {
    for (const entry of await writer.list(outboxEntries, { index: 'childId', equals: childId })) {
      await writer.remove(outboxEntries, outboxKey(childId, entry.item.id))
    }
    await writer.remove(outboxHeads, childId)
  }

  async #head(reader: Reader, childId: string): Promise<OutboxHead> {
    return (await reader.get(outboxHeads, childId)) ?? { childId, epoch: this.#epoch, generation: 0, digest: EMPTY_DIGEST }
  }

  #entry(reader: Reader, childId: string, itemId: string): Promise<OutboxEntry | undefined> {
    assert(!childId.includes(' ') && !itemId.includes(' '), 'ids of children and items hold no blanks')
    return reader.get(outboxEntries, outboxKey(childId, itemId))
  }
}

/** True for items that are equal word for word: cheaper than a hash, and what reconcilers put again and again. */
function isSame(one: DocumentItem, other: DocumentItem): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
