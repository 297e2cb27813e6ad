import type { Clock, Logger, Random } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { type Node, OverlayWorld, planTables } from '@oakestra/model'
import { type Outbox, OVERLAY_RHYTHM, OverlayTeller, type Presence } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { knowledgeItems, type Resolved } from '@oakestra/wire'
import { nodes } from '../state.ts'
import { LoadBook } from './load-book.ts'
import { OverlayReports } from './overlay-reports.ts'
import { resolveAddress } from './resolver.ts'
import { WorldFeed } from './world-feed.ts'

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
export class Overlay implements AsyncDisposable {
  readonly reports: OverlayReports
  readonly #world = new OverlayWorld()
  readonly #askRoot: OverlayOptions['askRoot']
  readonly #feed: WorldFeed
  readonly #teller: OverlayTeller<Node>
  readonly #controller: Controller
  readonly #loads: LoadBook

  constructor({ presence, busy, askRoot, ...options }: OverlayOptions) {
    const { store, clock, random, logger } = options
    const world = this.#world
    this.#askRoot = askRoot
    this.reports = new OverlayReports(store, (nodeId) => world.loadOf(nodeId))
    this.#feed = new WorldFeed({ world, presence })
    this.#teller = new OverlayTeller({
      ...options,
      feed: this.#feed,
      children: nodes,
      plan: (nodeId) => knowledgeItems(planTables(world, nodeId, 'node')),
      takeDirty: () => world.takeDirty(),
      nudge: (nodeId) => this.#controller.nudge(nodeId),
    })
    const control = { ...OVERLAY_RHYTHM, concurrency: CONCURRENCY, clock, random, logger }
    this.#controller = createController({ name: 'overlay', reconciler: this.#teller, ...control })
    this.#loads = new LoadBook({ world, measured: busy, clock, onChange: (nodeIds) => this.#loadsChanged(nodeIds) })
  }

  committed(changes: readonly Change[]): void {
    this.reports.committed(changes)
    if (this.#feed.note(changes)) this.#teller.noted()
  }

  /** The presence of a node changed. */
  nodeMoved(nodeId: string): void {
    this.#feed.noteNode(nodeId)
    this.#teller.noted()
  }

  /** `net.resolve` */
  resolve(params: unknown): Promise<Resolved> {
    this.#feed.wake()
    return resolveAddress({ world: this.#world, refreshed: () => this.#teller.refreshed(), askRoot: this.#askRoot }, params)
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#loads[Symbol.dispose]()
    this.#teller[Symbol.dispose]()
    await this.#controller[Symbol.asyncDispose]()
  }

  #loadsChanged(nodeIds: readonly string[]): void {
    this.reports.loadsChanged(nodeIds)
    this.#teller.noted()
  }
}
