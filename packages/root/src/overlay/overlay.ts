import { type Clock, LatestTask, type Logger, type Random, type Timer, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { OverlayWorld, planTables } from '@oakestra/model'
import { Gather, KeptItems, type Outbox } from '@oakestra/session'
import type { Change, Store, Writer } from '@oakestra/store'
import { isKnowledge, knowledgeItems, type Resolved } from '@oakestra/wire'
import { clusters } from '../state/collections.ts'
import { resolveAddress } from './resolve.ts'
import { RootFeed, type RootFeedDeps } from './root-feed.ts'

// As at a cluster: what is alone is told almost at once, a burst together.
const GATHER = { firstMs: 2, spacingMs: 50 }
const RETRY_MS = 1_000
const RESYNC_MS = 600_000
const CONCURRENCY = 2

export interface OverlayOptions {
  readonly store: Store
  readonly outbox: Outbox
  readonly placed: RootFeedDeps['placed']
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Tells each cluster the services of others that its nodes are interested in, and the nodes that they exchange packets with. Decision 11. */
export class Overlay {
  readonly #options: OverlayOptions
  readonly #world = new OverlayWorld()
  readonly #feed: RootFeed
  readonly #kept: KeptItems
  readonly #controller: Controller
  readonly #gather: Gather
  readonly #task = new LatestTask(() => this.#pass())
  #retry: Timer | undefined
  #isClosed = false

  constructor(options: OverlayOptions) {
    const { store, outbox, placed, clock, random, logger } = options
    this.#options = options
    this.#feed = new RootFeed({ world: this.#world, placed })
    this.#kept = new KeptItems({ store, outbox, belongs: isKnowledge })
    const reconciler = { keys: () => this.#startOver(), reconcile: (clusterId: string) => this.#reconcile(clusterId) }
    const rhythm = { resyncMs: RESYNC_MS, backoff: { firstMs: 200, maxMs: 30_000 }, concurrency: CONCURRENCY }
    this.#controller = createController({ name: 'overlay', reconciler, ...rhythm, clock, random, logger })
    this.#gather = new Gather(
      { clock, ...GATHER },
      () => this.#task.request(),
      (thrown) => this.#failed(thrown),
    )
  }

  committed(changes: readonly Change[]): void {
    if (this.#feed.note(changes)) this.#gather.nudge()
  }

  /** `net.resolve` */
  resolve(params: unknown): Promise<Resolved> {
    return this.#options.store.read((reader) => resolveAddress(reader, params))
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

  /** Reads everything again, also what clusters have been told. */
  async #startOver(): Promise<readonly string[]> {
    const known = await this.#options.store.read(async (reader) => {
      await this.#feed.noteAll(reader)
      return (await reader.list(clusters)).map(({ id }) => id)
    })
    await this.#task.request()
    for (const clusterId of known) this.#kept.forget(clusterId)
    return known
  }

  async #pass(): Promise<void> {
    const { store } = this.#options
    while (!this.#isClosed && !(await store.read((reader) => this.#feed.refresh(reader)))) continue
    for (const clusterId of this.#world.takeDirty()) this.#controller.nudge(clusterId)
  }

  #failed(thrown: unknown): void {
    this.#options.logger.warn('could not look who is where', { err: toOakError(thrown).message })
    if (!this.#isClosed) this.#retry = this.#options.clock.after(RETRY_MS, () => this.#gather.nudge())
  }

  async #reconcile(clusterId: string): Promise<{ readonly state: 'settled' }> {
    const isKnown = async (writer: Writer) => (await writer.get(clusters, clusterId)) !== undefined
    await this.#kept.settle(clusterId, knowledgeItems(planTables(this.#world, clusterId, 'cluster')), isKnown)
    return { state: 'settled' }
  }
}
