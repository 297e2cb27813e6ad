import { type Clock, LatestTask, type Logger, type Timer, toOakError } from '@oakestra/base'
import type { Collection, Reader, Store, Writer } from '@oakestra/store'
import { type DocumentItem, isKnowledge } from '@oakestra/wire'
import { KeptItems } from './document/kept-items.ts'
import type { Outbox } from './document/outbox.ts'
import { Gather } from './gather.ts'

// A burst of starts is few documents; what is alone is told almost at once.
const GATHER = { firstMs: 2, spacingMs: 50 }
const RETRY_MS = 1_000

/** Of the controller that runs a teller. For truth: what a defect missed is found within this time. */
export const OVERLAY_RHYTHM = { resyncMs: 600_000, backoff: { firstMs: 200, maxMs: 30_000 } }

/** Takes what a parent's store knows into its world. */
export interface OverlayFeed {
  /** Everything is looked at with the next refreshes. */
  noteAll(reader: Reader): Promise<void>
  /** Takes in what was noted, or a part of it. Gives false when more is to be done. */
  refresh(reader: Reader): Promise<boolean>
}

export interface OverlayTellerOptions<Child extends { readonly id: string }> {
  readonly store: Store
  readonly outbox: Outbox
  readonly feed: OverlayFeed
  readonly children: Collection<Child>
  /** What a child is to know now. */
  readonly plan: (childId: string) => readonly DocumentItem[]
  /** The children for whom something changed since the last call, perhaps. */
  readonly takeDirty: () => Iterable<string>
  /** Has a child reconciled. */
  readonly nudge: (childId: string) => void
  readonly clock: Clock
  readonly logger: Logger
}

/**
 * Keeps in the document of every child what it is to know of the overlay: what follows from the world of its parent (decision 11). The
 * reconciler of a controller, by ids of children.
 */
export class OverlayTeller<Child extends { readonly id: string }> implements Disposable {
  readonly #options: OverlayTellerOptions<Child>
  readonly #kept: KeptItems
  readonly #gather: Gather
  readonly #task = new LatestTask(() => this.#pass())
  #retry: Timer | undefined
  #isClosed = false

  constructor(options: OverlayTellerOptions<Child>) {
    const { store, outbox, clock } = options
    this.#options = options
    this.#kept = new KeptItems({ store, outbox, belongs: isKnowledge })
    this.#gather = new Gather(
      { clock, ...GATHER },
      () => this.#task.request(),
      (thrown) => this.#failed(thrown),
    )
  }

  /** Something was noted in the feed. */
  noted(): void {
    this.#gather.nudge()
  }

  /** Resolves when all that was noted before this call is in the world. */
  refreshed(): Promise<void> {
    return this.#task.request()
  }

  /** All children. Reads everything again, also what they have been told. */
  async keys(): Promise<readonly string[]> {
    const { store, feed, children } = this.#options
    const known = await store.read(async (reader) => {
      await feed.noteAll(reader)
      return (await reader.list(children)).map(({ id }) => id)
    })
    await this.#task.request()
    for (const childId of known) this.#kept.forget(childId)
    return known
  }

  async reconcile(childId: string): Promise<{ readonly state: 'settled' }> {
    const { plan, children } = this.#options
    const isKnown = async (writer: Writer) => (await writer.get(children, childId)) !== undefined
    await this.#kept.settle(childId, plan(childId), isKnown)
    return { state: 'settled' }
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#gather.close()
    this.#retry?.cancel()
  }

  async #pass(): Promise<void> {
    const { store, feed, takeDirty, nudge } = this.#options
    while (!this.#isClosed && !(await store.read((reader) => feed.refresh(reader)))) continue
    for (const childId of takeDirty()) nudge(childId)
  }

  #failed(thrown: unknown): void {
    this.#options.logger.warn('could not look who is where', { err: toOakError(thrown).message })
    if (!this.#isClosed) this.#retry = this.#options.clock.after(RETRY_MS, () => this.#gather.nudge())
  }
}
