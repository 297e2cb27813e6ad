import { type Clock, type IdGenerator, type Logger, OakError } from '@oakestra/base'
import type { Outbox } from '@oakestra/session'
import type { Store, Writer } from '@oakestra/store'
import {
  type ClusterOrder,
  clusterOrderSchema,
  type OrderAnswer,
  type OrdersTaken,
  parseWire,
  TAKE_ORDERS_METHOD,
  takeOrdersSchema,
} from '@oakestra/wire'
import { QUIET_MS } from '../addresses/allocate.ts'
import { storeAs } from '../events/recording-store.ts'
import { clusters } from '../state/collections.ts'
import { adoptInstance } from './adopt-instance.ts'
import { adoptRemoval } from './adopt-removal.ts'
import { adoptService } from './adopt-service.ts'
import type { Adoption, Verdict } from './adoption.ts'
import { putAddressing } from './cluster-addressing.ts'
import { forgetTaken } from './taken-orders.ts'

export interface OrderDeskDeps {
  readonly store: Store
  readonly outbox: Outbox
  readonly stage: Adoption['stage']
  readonly ids: IdGenerator
  readonly clock: Clock
  readonly logger: Logger
}

type Answer = OrderAnswer

/** Where clusters tell what was changed at them. Decision 10, "Changes at a cluster without root". */
export class OrderDesk {
  readonly #deps: OrderDeskDeps

  constructor(deps: OrderDeskDeps) {
    this.#deps = deps
  }

  /** What clusters may ask of root. @throws OakError `not-supported`, `bad-request`, `forbidden` */
  async answer(clusterId: string, method: string, params: unknown): Promise<unknown> {
    if (method !== TAKE_ORDERS_METHOD) throw new OakError('not-supported', `root does not answer ${method}`)
    return this.take(clusterId, params)
  }

  /**
   * Takes orders over: all of them, what follows from them in the cluster's document, and what is to be remembered of them, in one
   * transaction. The same orders may come again.
   */
  async take(clusterId: string, params: unknown): Promise<OrdersTaken> {
    const { orders, holds } = parseWire(takeOrdersSchema, params, 'orders')
    const store = storeAs(this.#deps.store, { kind: 'cluster', id: clusterId })
    const taken = await store.write((writer) => this.#take(writer, clusterId, orders, new Set(holds)))
    for (const { id, outcome, reason } of taken.answers) {
      if (outcome !== 'taken') this.#deps.logger.warn('an order of a cluster was not taken', { cluster: clusterId, order: id, reason })
    }
    if (taken.answers.length > 0) this.#deps.logger.info('orders of a cluster', { cluster: clusterId, orders: taken.answers.length })
    return taken
  }

  async #take(
    writer: Writer,
    clusterId: string,
    orders: readonly { readonly id: string }[],
    holds: ReadonlySet<string>,
  ): Promise<OrdersTaken> {
    const { outbox, stage, ids, clock } = this.#deps
    const cluster = await writer.get(clusters, clusterId)
    if (!cluster) throw new OakError('forbidden', 'this cluster no longer belongs to root')
    const operation = { ids, nowMs: clock.wallMs(), quietMs: QUIET_MS }
    const answers = await this.#decide(writer, orders, { clusterId, clusterName: cluster.name, operation, outbox, stage })
    if (answers.length > 0) await putAddressing(writer, outbox, clusterId, operation)
    await forgetTaken(writer, clusterId, holds)
    const { epoch, generation } = await outbox.head(writer, clusterId)
    return { epoch, generation, answers }
  }

  async #decide(writer: Writer, orders: readonly { readonly id: string }[], adoption: Adoption): Promise<Answer[]> {
    const answers: Answer[] = []
    const refused = new Set<string>()
    for (const order of orders) {
      const verdict = await this.#decideOne(writer, order, adoption, refused)
      if (verdict.outcome === 'refused') refused.add(order.id)
      answers.push({ id: order.id, ...verdict })
    }
    return answers
  }

  async #decideOne(writer: Writer, order: unknown, adoption: Adoption, refused: ReadonlySet<string>): Promise<Verdict> {
    const read = clusterOrderSchema.safeParse(order)
    if (!read.success) {
      const issue = read.error.issues[0]
      return { outcome: 'refused', reason: `root cannot read it: ${issue?.path.join('.') || 'order'}: ${issue?.message ?? 'invalid'}` }
    }
    try {
      return await this.#adopt(writer, read.data, adoption, refused)
    } catch (thrown) {
      // Of this one nothing is stored then; the others go on.
      if (thrown instanceof OakError && thrown.code === 'resource-exhausted') return { outcome: 'refused', reason: thrown.message }
      throw thrown
    }
  }

  async #adopt(writer: Writer, order: ClusterOrder, adoption: Adoption, refused: ReadonlySet<string>): Promise<Verdict> {
    switch (order.kind) {
      case 'add-service':
        return adoptService(writer, order, adoption)
      case 'add-instance':
        if (refused.has(order.body.serviceId)) return { outcome: 'refused', reason: 'root did not take its service' }
        return adoptInstance(writer, order, adoption)
      case 'remove-instance':
        return adoptRemoval(writer, adoption.outbox, adoption.clusterId, order.body.instanceId)
    }
  }
}
