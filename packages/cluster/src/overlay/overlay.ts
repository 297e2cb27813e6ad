import { type Clock, LatestTask, type Logger, type Random, type Timer, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { OverlayWorld, planTables } from '@oakestra/model'
import { Gather, KeptItems, type Outbox, type Presence } from '@oakestra/session'
import type { Change, Store, Writer } from '@oakestra/store'
import { isKnowledge, knowledgeItems, type Resolved } from '@oakestra/wire'
import { nodes } from '../state.ts'
import { LoadBook } from './load-book.ts'
import { OverlayReports } from './overlay-reports.ts'
import { resolveAddress } from './resolver.ts'
import { WorldFeed } from './world-feed.ts'

// A burst of starts is few documents; what is alone is told almost at once.
const GATHER = { firstMs: 2, spacingMs: 50 }
const RETRY_MS = 1_000
// For truth: what a defect missed is found within this time.
const RESYNC_MS = 600_000
const CONCURRENCY = 4

export interface OverlayOptions {
  readonly store: Store
  readonly outbox: Outbox
  readonly presence: (nodeId: string) => Presence
  /** How busy a node is, in percent of it. */
  readonly busy: (nodeId: string) => number | undefined
  readonly askRoot: (method: string, params: unknown, timeoutMs: number) => Promise<unknown>
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Tells each node the services it is interested in and the nodes it exchanges packets with, and root what it needs for that. Decision 11. */
export class Overlay {
  readonly reports: OverlayReports
  readonly #options: OverlayOptions
  readonly #world = new OverlayWorld()
  readonly #feed: WorldFeed
  readonly #kept: KeptItems
  readonly #controller: Controller
  readonly #gather: Gather
  readonly #loads: LoadBook
  readonly #task = new LatestTask(() => this.#pass())
  #retry: Timer | undefined
  #isClosed = false

  constructor(options: OverlayOptions) {
    const { store, outbox, presence, busy, clock, random, logger } = options
    this.#options = options
    this.reports = new OverlayReports(store, (nodeId) => this.#world.loadOf(nodeId))
    this.#feed = new WorldFeed({ world: this.#world, presence })
    this.#kept = new KeptItems({ store, outbox, belongs: isKnowledge })
    const reconciler = { keys: () => this.#startOver(), reconcile: (nodeId: string) => this.#reconcile(nodeId) }
    const rhythm = { resyncMs: RESYNC_MS, backoff: { firstMs: 200, maxMs: 30_000 }, concurrency: CONCURRENCY }
    this.#controller = createController({ name: 'overlay', reconciler, ...rhythm, clock, random, logger })
    this.#gather = new Gather(
      { clock, ...GATHER },
      () => this.#task.request(),
      (thrown) => this.#failed(thrown),
    )
    const onChange = (nodeIds: readonly string[]) => this.#loadsChanged(nodeIds)
    this.#loads = new LoadBook({ world: this.#world, measured: busy, clock, onChange })
  }

  #loadsChanged(nodeIds: readonly string[]): void {
    this.reports.loadsChanged(nodeIds)
    this.#gather.nudge()
  }

  committed(changes: readonly Change[]): void {
    this.reports.committed(changes)
    if (this.#feed.note(changes)) this.#gather.nudge()
  }

  /** The presence of a node changed. */
  nodeMoved(nodeId: string): void {
    this.#feed.noteNode(nodeId)
    this.#gather.nudge()
  }

  /** `net.resolve` */
  resolve(params: unknown): Promise<Resolved> {
    this.#feed.wake()
    const { askRoot } = this.#options
    return resolveAddress({ world: this.#world, refreshed: () => this.#task.request(), askRoot }, params)
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
    this.#loads[Symbol.dispose]()
    this.#retry?.cancel()
    await this.#controller[Symbol.asyncDispose]()
  }

  /** Reads everything again, also what nodes have been told. */
  async #startOver(): Promise<readonly string[]> {
    const { store } = this.#options
    const known = await store.read(async (reader) => {
      await this.#feed.noteAll(reader)
      return (await reader.list(nodes)).map(({ id }) => id)
    })
    await this.#task.request()
    for (const nodeId of known) this.#kept.forget(nodeId)
    return known
  }

  async #pass(): Promise<void> {
    const { store } = this.#options
    while (!this.#isClosed && !(await store.read((reader) => this.#feed.refresh(reader)))) continue
    for (const nodeId of this.#world.takeDirty()) this.#controller.nudge(nodeId)
  }

  #failed(thrown: unknown): void {
    this.#options.logger.warn('could not look who is where', { err: toOakError(thrown).message })
    if (!this.#isClosed) this.#retry = this.#options.clock.after(RETRY_MS, () => this.#gather.nudge())
  }

  async #reconcile(nodeId: string): Promise<{ readonly state: 'settled' }> {
    const isKnown = async (writer: Writer) => (await writer.get(nodes, nodeId)) !== undefined
    await this.#kept.settle(nodeId, knowledgeItems(planTables(this.#world, nodeId, 'node')), isKnown)
    return { state: 'settled' }
  }
}
