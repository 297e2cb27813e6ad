import type { Clock, Logger, Random } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { type ClusterGateway, type GatewayItem, isChosenGateway, type Node } from '@oakestra/model'
import { inboxItems, KeptItems, type Outbox } from '@oakestra/session'
import type { Change, Reader, Store, Writer } from '@oakestra/store'
import { clusterGatewaySchema, GATEWAY_KIND, gatewayItem, overlaySubject } from '@oakestra/wire'
import { labelsOf } from '../placement/capacity.ts'
import { nodes } from '../state.ts'
import { GatewayReports } from './gateway-reports.ts'

const RHYTHM = { resyncMs: 600_000, backoff: { firstMs: 200, maxMs: 30_000 }, concurrency: 4 }

export interface GatewaysOptions {
  readonly store: Store
  readonly outbox: Outbox
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * Tells each node the services that it is to publish: those that root named, on the nodes that were chosen for them. Tells root which nodes
 * could not.
 */
export class Gateways {
  readonly reports: GatewayReports
  readonly #store: Store
  readonly #kept: KeptItems
  readonly #controller: Controller

  constructor({ store, outbox, clock, random, logger }: GatewaysOptions) {
    this.#store = store
    this.reports = new GatewayReports(store)
    this.#kept = new KeptItems({ store, outbox, belongs: isGateway })
    const reconciler = { keys: () => this.#startOver(), reconcile: (nodeId: string) => this.#reconcile(nodeId) }
    this.#controller = createController({ name: 'gateways', reconciler, ...RHYTHM, clock, random, logger })
    this.#controller.nudgeAll()
  }

  committed(changes: readonly Change[]): void {
    this.reports.committed(changes)
    if (changes.some(({ collection, key }) => collection === inboxItems.name && isGateway(key))) this.#controller.nudgeAll()
    else for (const { collection, key } of changes) if (collection === nodes.name) this.#controller.nudge(key)
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#controller[Symbol.asyncDispose]()
  }

  async #startOver(): Promise<readonly string[]> {
    const known = (await this.#store.read((reader) => reader.list(nodes))).map(({ id }) => id)
    for (const nodeId of known) this.#kept.forget(nodeId)
    return known
  }

  async #reconcile(nodeId: string): Promise<{ readonly state: 'settled' }> {
    const planned = await this.#store.read((reader) => gatewaysOn(reader, nodeId))
    const isKnown = async (writer: Writer) => (await writer.get(nodes, nodeId)) !== undefined
    await this.#kept.settle(nodeId, planned.map(gatewayItem), isKnown)
    return { state: 'settled' }
  }
}

function isGateway(itemId: string): boolean {
  return overlaySubject(itemId)?.kind === GATEWAY_KIND
}

async function gatewaysOn(reader: Reader, nodeId: string): Promise<readonly GatewayItem[]> {
  const node = await reader.get(nodes, nodeId)
  if (!node) return []
  const items = await reader.list(inboxItems, { index: 'kind', equals: GATEWAY_KIND })
  return items.flatMap(({ body }) => itemFor(node, clusterGatewaySchema.safeParse(body).data))
}

/** A node that is to be left publishes nothing: clients are to go elsewhere before it does. */
function itemFor(node: Node, gateway: ClusterGateway | undefined): readonly GatewayItem[] {
  if (!gateway || node.removing || !isChosenGateway(gateway, { name: node.name, labels: labelsOf(node) })) return []
  const { nodes: _nodes, labels: _labels, ...item } = gateway
  return [item]
}
