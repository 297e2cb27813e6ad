import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import { REPLICAS_MAX } from '@oakestra/sla'
import type { Reader, Store, Writer } from '@oakestra/store'
import { ORDERS_KEPT_MAX } from '@oakestra/wire'
import { askRestart } from './ask-restart.ts'
import { deployDocument, readDocument } from './deploy.ts'
import { type KnownInstance, type KnownService, knownServices } from './known-services.ts'
import { orderInstance } from './new-instance.ts'
import { orders, type RemovalOrder, removalId, serviceOrder } from './orders.ts'

export interface LocalChangesDeps {
  readonly store: Store
  readonly ids: IdGenerator
  readonly clock: Clock
  /** Words for `virtualization` that nodes of this cluster offer. */
  readonly runtimes: () => ReadonlySet<string>
}

/** What operators change at this cluster itself. Each is an order, on disk when it is answered, and in force at once. */
export class LocalChanges {
  readonly #deps: LocalChangesDeps

  constructor(deps: LocalChangesDeps) {
    this.#deps = deps
  }

  /**
   * Starts the services of a deployment document here: `replicas` instances of each, one where that is not said.
   * @returns the ids of the services
   * @throws OakError `bad-request` with `violations`; `conflict`, `unavailable`, `resource-exhausted`
   */
  deploy(document: unknown, actor: string): Promise<readonly string[]> {
    const sla = readDocument(document, this.#deps.runtimes())
    return this.#order((writer) => deployDocument(writer, sla, { ids: this.#deps.ids, createdAtMs: this.#nowMs(), actor }))
  }

  /** Starts one more instance here. @throws OakError `not-found`, `conflict`, `unavailable`, `resource-exhausted` */
  addInstance(serviceId: string, actor: string): Promise<{ readonly id: string; readonly number: number }> {
    return this.#order(async (writer) => {
      const { id, body } = await this.#add(writer, await find(writer, serviceId), actor)
      return { id, number: body.number }
    })
  }

  /** Makes it this many instances in this cluster, whatever there are in others. Those with the highest numbers end first. */
  setReplicas(serviceId: string, replicas: number, actor: string): Promise<void> {
    if (!Number.isInteger(replicas) || replicas < 0 || replicas > REPLICAS_MAX) {
      throw new OakError(
        'bad-request',
        `replicas: expected a whole number from 0 to ${REPLICAS_MAX}, found ${String(replicas).slice(0, 40)}`,
      )
    }
    return this.#order(async (writer) => {
      const service = await find(writer, serviceId)
      const present = service.instances.filter(({ isWanted }) => isWanted)
      for (let count = present.length; count < replicas; count += 1) await this.#add(writer, service, actor)
      for (const instance of present.slice(replicas)) await this.#remove(writer, instance, actor)
    })
  }

  /**
   * Ends one instance, or all that are here when `number` is -1; and a service that was made here and that root has not heard of with
   * them. Asking again is no error. @throws OakError `not-found`
   */
  removeInstance(serviceId: string, number: number, actor: string): Promise<void> {
    return this.#order(async (writer) => {
      const service = await find(writer, serviceId)
      const meant = service.instances.filter((instance) => number === -1 || instance.number === number)
      if (number !== -1 && meant.length === 0)
        throw new OakError('not-found', `${service.jobName} has no instance ${number} in this cluster`)
      for (const instance of meant) if (!instance.removed) await this.#remove(writer, instance, actor)
      const made = await serviceOrder(writer, serviceId)
      if (number === -1 && made && !made.told) await writer.put(orders, { ...made, ending: true })
    })
  }

  /** Starts an instance again where it is. No order: it is between this cluster and its node. @throws OakError `not-found`, `conflict` */
  restartInstance(serviceId: string, number: number): Promise<void> {
    return this.#deps.store.write(async (writer) => {
      const { jobName, instances } = await find(writer, serviceId)
      const meant = instances.find((instance) => instance.number === number && instance.isWanted)
      if (!meant) throw new OakError('not-found', `${jobName} has no instance ${number} in this cluster`)
      await askRestart(writer, meant.spec)
    })
  }

  async #add(writer: Writer, service: KnownService, actor: string) {
    const made = await serviceOrder(writer, service.id)
    if (made?.ending) {
      const { ending: _over, ...kept } = made
      await writer.put(orders, kept)
    }
    return orderInstance(writer, service, { id: this.#deps.ids.next(), createdAtMs: this.#nowMs(), actor })
  }

  async #remove(writer: Writer, { id, number, spec }: KnownInstance, actor: string): Promise<void> {
    const order: RemovalOrder = {
      id: removalId(id),
      kind: 'remove-instance',
      serviceId: spec.serviceId,
      jobName: spec.jobName,
      createdAtMs: this.#nowMs(),
      actor,
      body: { instanceId: id, number },
    }
    await writer.put(orders, order)
  }

  /** One transaction, and no more orders than root is told of at a time. */
  async #order<T>(section: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#deps.store.write(async (writer) => {
      const result = await section(writer)
      if ((await writer.count(orders)) > ORDERS_KEPT_MAX) {
        throw new OakError(
          'resource-exhausted',
          `${ORDERS_KEPT_MAX} changes wait for root already; it must hear of them before there are more`,
        )
      }
      return result
    })
  }

  #nowMs(): number {
    return this.#deps.clock.wallMs()
  }
}

async function find(reader: Reader, serviceId: string): Promise<KnownService> {
  const service = (await knownServices(reader)).find(({ id }) => id === serviceId)
  if (!service) throw new OakError('not-found', 'there is no such service in this cluster')
  return service
}
