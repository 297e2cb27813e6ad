import { type Clock, type Logger, OakError } from '@oakestra/base'
import type { Store, Writer } from '@oakestra/store'
import type { DocumentHead, DocumentItem, DocumentMessage, SessionMessage } from '@oakestra/wire'
import { Gather } from '../gather.ts'
import { inParts } from '../parts.ts'
import { type Ask, askHeldItems } from './held-items.ts'
import type { Outbox, OutboxEntry } from './outbox.ts'
import { type FeedPlan, type HeldByChild, planAfterRefusal, planFeed } from './plan-feed.ts'

// Decisions often come in bursts of one transaction each; a few milliseconds put them into one message.
const GATHER = { firstMs: 1, spacingMs: 20 }
// A child that takes in nothing whatever it is sent has a defect; a new connection, after a pause, costs less than sending on.
const REFUSALS_MAX = 3

export interface DocumentFeedOptions {
  readonly childId: string
  readonly store: Store
  readonly outbox: Outbox
  readonly clock: Clock
  readonly logger: Logger
  readonly send: (message: SessionMessage) => void
  readonly ask: Ask
  /** Told everything a child holds whose parent does not know it; puts into the outbox what is to be kept. */
  readonly onUnknownDocument: (writer: Writer, childId: string, items: readonly DocumentItem[]) => Promise<void>
  /** The document cannot be served any more: the connection has to begin anew. */
  readonly onFailure: (thrown: unknown) => void
}

/** Keeps one connected child's document up to date. */
export class DocumentFeed {
  readonly #options: DocumentFeedOptions
  readonly #gather: Gather
  readonly #changed = new Set<string>()
  /** Before the child has said what it holds, and while it is asked for it, nothing is sent. */
  #isOpen = false
  #isClosed = false
  /** The generation the child has, or will have when everything sent has arrived. */
  #sent = 0
  #settlesFrom = Number.POSITIVE_INFINITY
  #refusals = 0

  constructor(options: DocumentFeedOptions) {
    this.#options = options
    this.#gather = new Gather({ clock: options.clock, ...GATHER }, () => this.#sendChanges(), options.onFailure)
  }

  /**
   * Reports under generations from here on are about a document that both ends agree on. Of those before nobody knows
   * whether they mean this parent's generation of that number.
   */
  get settlesFrom(): number {
    return this.#settlesFrom
  }

  itemChanged(itemId: string): void {
    this.#changed.add(itemId)
    if (this.#isOpen) this.#gather.nudge()
  }

  /** Sends what the child lacks. */
  async begin(held: HeldByChild): Promise<void> {
    const head = await this.#head()
    await this.#carryOut(planFeed(head, held), held.holds)
  }

  /** The child did not take in what it was sent. */
  async refused(reason: 'stale' | 'conflict' | 'foreign', holds: DocumentHead | undefined): Promise<void> {
    const { childId, logger } = this.#options
    logger.warn('a child refused its document', { child: childId, reason })
    if (!this.#isOpen) return
    this.#refusals += 1
    if (this.#refusals > REFUSALS_MAX) throw new OakError('conflict', 'the child refuses every document')
    await this.#carryOut(await this.#planAfterRefusal(holds), holds)
  }

  /** The child took in what it was sent. */
  accepted(): void {
    this.#refusals = 0
  }

  close(): void {
    this.#isClosed = true
    this.#isOpen = false
    this.#gather.close()
  }

  #head(): Promise<DocumentHead> {
    const { store, outbox, childId } = this.#options
    return store.read((reader) => outbox.head(reader, childId))
  }

  #planAfterRefusal(holds: DocumentHead | undefined): Promise<FeedPlan> {
    const { store, outbox, childId } = this.#options
    return store.read(async (reader) =>
      planAfterRefusal(await outbox.head(reader, childId), await outbox.confirmed(reader, childId), holds),
    )
  }

  async #carryOut(plan: FeedPlan, holds: DocumentHead | undefined): Promise<void> {
    switch (plan) {
      case 'refuse':
        throw new OakError('conflict', "the child holds the document of another parent; let it join anew if it is to be this one's")
      case 'nothing':
        return this.#open(holds?.generation ?? 0)
      case 'changes':
        return this.#sendSince(holds?.generation ?? 0)
      case 'everything':
        return this.#sendAnew(holds)
      case 'ask':
        // Not waited for: the answer arrives behind the message that is being worked on now.
        this.#isOpen = false
        this.#settlesFrom = Number.POSITIVE_INFINITY
        void this.#askAndSend(holds).catch(this.#options.onFailure)
    }
  }

  #open(generation: number): void {
    this.#sent = generation
    this.#settlesFrom = generation
    this.#isOpen = !this.#isClosed
    this.#gather.nudge()
  }

  async #sendSince(generation: number): Promise<void> {
    const { store, outbox, childId } = this.#options
    const { head, entries } = await store.read(async (reader) => ({
      head: await outbox.head(reader, childId),
      entries: await outbox.since(reader, childId, generation),
    }))
    this.#sendDocument('change', head, generation, entries)
    this.#open(head.generation)
  }

  /** What the child holds is first made known to its parent, and only then is it told what it shall have. */
  async #askAndSend(holds: DocumentHead | undefined): Promise<void> {
    const { childId, logger, ask, onUnknownDocument } = this.#options
    logger.warn('a child holds a document that is not known here: asking for it', { child: childId, generation: holds?.generation })
    const items = await askHeldItems(ask)
    await this.#sendAnew(holds, (writer) => onUnknownDocument(writer, childId, items))
  }

  /** The whole document, under a generation above what the child holds of this parent. */
  async #sendAnew(holds: DocumentHead | undefined, before?: (writer: Writer) => Promise<void>): Promise<void> {
    const { store, outbox, childId } = this.#options
    const { head, entries } = await store.write(async (writer) => {
      const own = await outbox.head(writer, childId)
      if (holds?.epoch === own.epoch) await outbox.advanceBeyond(writer, childId, holds.generation)
      await before?.(writer)
      return { head: await outbox.head(writer, childId), entries: await outbox.since(writer, childId) }
    })
    this.#sendDocument('all', head, undefined, entries)
    this.#open(head.generation)
  }

  async #sendChanges(): Promise<void> {
    if (!this.#isOpen) return
    const { store, outbox, childId } = this.#options
    const from = this.#sent
    const { head, entries } = await store.read(async (reader) => {
      // Taken inside the section: the store tells of every commit before a later section begins, so none is missed.
      const ids = [...this.#changed]
      this.#changed.clear()
      return { head: await outbox.head(reader, childId), entries: await Promise.all(ids.map((id) => outbox.entry(reader, childId, id))) }
    })
    // Meanwhile the child may have been sent everything, or be asked for it: then there is another ground to go on from.
    if (!this.#isOpen || this.#sent !== from) return this.#gather.nudge()
    if (head.generation <= from) return
    const later = entries.filter((entry) => entry !== undefined).filter((entry) => entry.generation > from)
    this.#sendDocument('change', head, from, later)
    this.#sent = head.generation
  }

  #sendDocument(mode: 'all' | 'change', head: DocumentHead, from: number | undefined, entries: readonly OutboxEntry[]): void {
    const parts = inParts(entries.filter((entry) => !entry.removed).map((entry) => entry.item))
    const remove = entries.filter((entry) => entry.removed).map((entry) => entry.item.id)
    parts.forEach((put, index) => {
      const more = index < parts.length - 1
      const message: DocumentMessage = { type: 'document', mode, head, put: [...put], remove: more ? [] : remove, more }
      this.#options.send(from === undefined ? message : { ...message, from })
    })
  }
}
