import type { Clock, Logger, Random } from '@oakestra/base'
import type { ControllerStatus } from '@oakestra/controller'
import { type Cluster, OverlayWorld } from '@oakestra/model'
import { type Outbox, OverlayTeller } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import type { Resolved } from '@oakestra/wire'
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

  constructor({ placed, ...options }: OverlayOptions) {
    const world = new OverlayWorld()
    this.#store = options.store
    this.#feed = new RootFeed({ world, placed })
    this.#teller = new OverlayTeller({
      ...options,
      world,
      feed: this.#feed,
      level: 'cluster',
      children: clusters,
      concurrency: CONCURRENCY,
    })
  }

  committed(changes: readonly Change[]): void {
    if (this.#feed.note(changes)) this.#teller.nudge()
  }

  /** `net.resolve` */
  resolve(params: unknown): Promise<Resolved> {
    return this.#store.read((reader) => resolveAddress(reader, params))
  }

  status(): ControllerStatus {
    return this.#teller.status()
  }

  idle(): Promise<void> {
    return this.#teller.idle()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#teller[Symbol.asyncDispose]()
  }
}
