import { type Clock, LatestTask, type Logger, type Random, type Timer, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { type ChildLevel, type OverlayWorld, planTables } from '@oakestra/model'
import type { Collection, Reader, Store, Writer } from '@oakestra/store'
import { isKnowledge, knowledgeItems } from '@oakestra/wire'
import { KeptItems } from './document/kept-items.ts'
import type { Outbox } from './document/outbox.ts'
import { Gather } from './gather.ts'

// A burst of starts is few documents; what is alone is told almost at once.
const GATHER = { firstMs: 2, spacingMs: 50 }
const RETRY_MS = 1_000
// For truth: what a defect missed is found within this time.
const RHYTHM = { resyncMs: 600_000, backoff: { firstMs: 200, maxMs: 30_000 } }

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
  readonly world: OverlayWorld
  readonly feed: OverlayFeed
  readonly level: ChildLevel
  readonly children: Collection<Child>
  /** How many children are told at one time. */
  readonly concurrency: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Keeps in the document of every child what it is to know of the overlay: what follows from the world of its parent (decision 11). */
export class OverlayTeller<Child extends { readonly id: string }> implements AsyncDisposable {
  readonly #options: OverlayTellerOptions<Child>
  readonly #kept: KeptItems
  readonly #controller: Controller
  readonly #gather: Gather
  readonly #task = new LatestTask(() => this.#pass())
  #retry: Timer | undefined
  #isClosed = false

  constructor(options: OverlayTellerOptions<Child>) {
    const { store, outbox, concurrency, clock, random, logger } = options
    this.#options = options
    this.#kept = new KeptItems({ store, outbox, belongs: isKnowledge })
    const reconciler = { keys: () => this.#startOver(), reconcile: (childId: string) => this.#reconcile(childId) }
    this.#controller = createController({ name: 'overlay', reconciler, ...RHYTHM, concurrency, clock, random, logger })
    this.#gather = new Gather(
      { clock, ...GATHER },
      () => this.#task.request(),
      (thrown) => this.#failed(thrown),
    )
  }

  /** Something was noted in the feed. */
  nudge(): void {
    this.#gather.nudge()
  }

  /** Resolves when all that was noted before this call is in the world. */
  refreshed(): Promise<void> {
    return this.#task.request()
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#gather.close()
    this.#retry?.cancel()
    await this.#controller[Symbol.asyncDispose]()
  }

  /** Reads everything again, also what children have been told. */
  async #startOver(): Promise<readonly string[]> {
    const { store, feed, children } = this.#options
    const known = await store.read(async (reader) => {
      await feed.noteAll(reader)
      return (await reader.list(children)).map(({ id }) => id)
    })
    await this.#task.request()
    for (const childId of known) this.#kept.forget(childId)
    return known
  }

  async #pass(): Promise<void> {
    const { store, feed, world } = this.#options
    while (!this.#isClosed && !(await store.read((reader) => feed.refresh(reader)))) continue
    for (const childId of world.takeDirty()) this.#controller.nudge(childId)
  }

  #failed(thrown: unknown): void {
    this.#options.logger.warn('could not look who is where', { err: toOakError(thrown).message })
    if (!this.#isClosed) this.#retry = this.#options.clock.after(RETRY_MS, () => this.#gather.nudge())
  }

  async #reconcile(childId: string): Promise<{ readonly state: 'settled' }> {
    const { world, level, children } = this.#options
    const isKnown = async (writer: Writer) => (await writer.get(children, childId)) !== undefined
    await this.#kept.settle(childId, knowledgeItems(planTables(world, childId, level)), isKnown)
    return { state: 'settled' }
  }
}
