import { type Clock, type Logger, type Random, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { type ClusterGateway, jobName, type Service } from '@oakestra/model'
import { Gather, KeptItems, type Outbox } from '@oakestra/session'
import type { Change, Reader, Store, Writer } from '@oakestra/store'
import { GATEWAY_KIND, gatewayItem, overlaySubject } from '@oakestra/wire'
import { clusters, PUBLISHED, services } from '../state/collections.ts'

// Services change with every rollout; who is told of gateways need not know within milliseconds.
const GATHER = { firstMs: 5, spacingMs: 200 }
const RHYTHM = { resyncMs: 600_000, backoff: { firstMs: 200, maxMs: 30_000 }, concurrency: 2 }

export interface GatewaysOptions {
  readonly store: Store
  readonly outbox: Outbox
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Tells every cluster which services are published at nodes. Which of its nodes are meant a cluster finds out itself. */
export class Gateways {
  readonly #store: Store
  readonly #kept: KeptItems
  readonly #controller: Controller
  readonly #gather: Gather
  #told = '[]'

  constructor({ store, outbox, clock, random, logger }: GatewaysOptions) {
    this.#store = store
    this.#kept = new KeptItems({ store, outbox, belongs: (itemId) => overlaySubject(itemId)?.kind === GATEWAY_KIND })
    const reconciler = { keys: () => this.#startOver(), reconcile: (clusterId: string) => this.#reconcile(clusterId) }
    this.#controller = createController({ name: 'gateways', reconciler, ...RHYTHM, clock, random, logger })
    this.#gather = new Gather(
      { clock, ...GATHER },
      () => this.#look(),
      // The next resync finds it.
      (thrown) => logger.warn('could not look what is published', { err: toOakError(thrown).message }),
    )
    this.#gather.nudge()
  }

  committed(changes: readonly Change[]): void {
    for (const { collection, key } of changes) {
      if (collection === clusters.name) this.#controller.nudge(key)
      else if (collection === services.name) this.#gather.nudge()
    }
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gather.close()
    await this.#controller[Symbol.asyncDispose]()
  }

  /** Most changes of services concern no gateway: then nobody is told anything. */
  async #look(): Promise<void> {
    const now = JSON.stringify(await this.#store.read(publishedIn))
    if (now === this.#told) return
    this.#told = now
    this.#controller.nudgeAll()
  }

  async #startOver(): Promise<readonly string[]> {
    const known = (await this.#store.read((reader) => reader.list(clusters))).map(({ id }) => id)
    for (const clusterId of known) this.#kept.forget(clusterId)
    return known
  }

  async #reconcile(clusterId: string): Promise<{ readonly state: 'settled' }> {
    const gateways = await this.#store.read(publishedIn)
    const isKnown = async (writer: Writer) => (await writer.get(clusters, clusterId)) !== undefined
    await this.#kept.settle(clusterId, gateways.map(gatewayItem), isKnown)
    return { state: 'settled' }
  }
}

async function publishedIn(reader: Reader): Promise<readonly ClusterGateway[]> {
  const found = await reader.list(services, { index: 'published', equals: PUBLISHED })
  return found.flatMap((service) => gatewayOf(service) ?? [])
}

function gatewayOf(service: Service): ClusterGateway | undefined {
  const { gateway } = service.descriptor
  return gateway && { serviceId: service.id, name: jobName(service), ...gateway }
}
