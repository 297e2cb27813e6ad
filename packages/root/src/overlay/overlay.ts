import type { Clock, Logger, Random } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { type Cluster, OverlayWorld, planTables } from '@oakestra/model'
import { type Outbox, OVERLAY_RHYTHM, OverlayTeller } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { knowledgeItems, type Resolved } from '@oakestra/wire'
import { clusters } from '../state/collections.ts'
import { resolveAddress } from './resolve.ts'
import { RootFeed, type RootFeedDeps } from './root-feed.ts'

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
export class Overlay implements AsyncDisposable {
  readonly #store: Store
  readonly #feed: RootFeed
  readonly #teller: OverlayTeller<Cluster>
  readonly #controller: Controller

  constructor({ placed, ...options }: OverlayOptions) {
    const world = new OverlayWorld()
    this.#store = options.store
    this.#feed = new RootFeed({ world, placed })
    this.#teller = new OverlayTeller({
      ...options,
      feed: this.#feed,
      children: clusters,
      plan: (clusterId) => knowledgeItems(planTables(world, clusterId, 'cluster')),
      takeDirty: () => world.takeDirty(),
      nudge: (clusterId) => this.#controller.nudge(clusterId),
    })
    const { clock, random, logger } = options
    const control = { ...OVERLAY_RHYTHM, concurrency: CONCURRENCY, clock, random, logger }
    this.#controller = createController({ name: 'overlay', reconciler: this.#teller, ...control })
  }

  committed(changes: readonly Change[]): void {
    if (this.#feed.note(changes)) this.#teller.noted()
  }

  /** `net.resolve` */
  resolve(params: unknown): Promise<Resolved> {
    return this.#store.read((reader) => resolveAddress(reader, params))
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#teller[Symbol.dispose]()
    await this.#controller[Symbol.asyncDispose]()
  }
}
