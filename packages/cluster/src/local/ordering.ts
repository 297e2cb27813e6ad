import { type Clock, type Logger, type Random } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { inboxItems } from '@oakestra/session'
import type { Change } from '@oakestra/store'
import { placements } from '../state.ts'
import { OrderTeller, type OrderTellerDeps } from './order-teller.ts'
import { orders } from './orders.ts'

const RESYNC_MS = 60_000
const KEY = 'orders'

export interface OrderingOptions extends OrderTellerDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** When root is told of orders: after each, at each connection, and as long as something is to be settled. */
export class Ordering implements AsyncDisposable {
  readonly #teller: OrderTeller
  readonly #controller: Controller

  constructor(options: OrderingOptions) {
    const { clock, random, logger } = options
    this.#teller = new OrderTeller(options)
    const control = { clock, random, logger, resyncMs: RESYNC_MS, backoff: { firstMs: 500, maxMs: 30_000 } }
    this.#controller = createController({ ...control, name: 'orders', reconciler: this.#teller, concurrency: 1 })
  }

  start(): void {
    this.#controller.nudge(KEY)
  }

  /** There may be a connection to root. */
  rootMayBeHere(): void {
    if (!this.#teller.isIdle) this.#controller.nudge(KEY)
  }

  committed(changes: readonly Change[]): void {
    const settles = (name: string) => name === inboxItems.name || name === placements.name
    const isNews = changes.some(({ collection }) => collection === orders.name || (!this.#teller.isIdle && settles(collection)))
    if (isNews) this.#controller.nudge(KEY)
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#controller[Symbol.asyncDispose]()
  }
}
