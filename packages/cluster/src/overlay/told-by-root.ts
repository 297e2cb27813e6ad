import type { ClusterTable, OverlayWorld, Seat } from '@oakestra/model'
import { inboxItems } from '@oakestra/session'
import type { Reader } from '@oakestra/store'
import { clusterTableSchema, foreignInterestSchema, type OverlayKind, overlaySubject, peerItemSchema } from '@oakestra/wire'

/** By whom the nodes of other clusters are spoken for. */
const ROOT = 'root'

/** What root tells of services and nodes elsewhere, taken into the world as it is. What cannot be read counts as not said. */
export class ToldByRoot {
  readonly #world: OverlayWorld
  readonly #onSeat: (instanceId: string) => void
  readonly #onService: (serviceId: string) => void
  readonly #tables = new Map<string, ClusterTable>()
  readonly #seats = new Map<string, Seat>()

  /** @param told.onSeat, told.onService of what root says something else now */
  constructor(
    world: OverlayWorld,
    told: { readonly onSeat: (instanceId: string) => void; readonly onService: (serviceId: string) => void },
  ) {
    this.#world = world
    this.#onSeat = told.onSeat
    this.#onService = told.onService
  }

  table(serviceId: string): ClusterTable | undefined {
    return this.#tables.get(serviceId)
  }

  /** Of another cluster. */
  seat(instanceId: string): Seat | undefined {
    return this.#seats.get(instanceId)
  }

  async take(reader: Reader, itemId: string): Promise<void> {
    const subject = overlaySubject(itemId)
    if (!subject) return
    const item = await reader.get(inboxItems, itemId)
    this.#take(subject, item?.kind === subject.kind ? item.body : undefined)
  }

  #take({ kind, id }: { readonly kind: OverlayKind; readonly id: string }, body: unknown): void {
    if (kind === 'table') this.#takeTable(id, clusterTableSchema.safeParse(body).data)
    else if (kind === 'peer') this.#takePeer(id, body)
    else if (kind === 'interest') this.#world.putInterest(id, ROOT, foreignInterestSchema.safeParse(body).data?.nodeIds ?? [])
  }

  #takeTable(serviceId: string, table: ClusterTable | undefined): void {
    const before = this.#tables.get(serviceId)?.instances ?? []
    if (table) this.#tables.set(serviceId, table)
    else this.#tables.delete(serviceId)
    this.#onService(serviceId)
    for (const { instanceId } of before) this.#seats.delete(instanceId)
    for (const instance of table?.instances ?? []) this.#seats.set(instance.instanceId, { ...instance, serviceId, running: true })
    const touched = new Set([...before, ...(table?.instances ?? [])].map(({ instanceId }) => instanceId))
    for (const instanceId of touched) this.#onSeat(instanceId)
  }

  #takePeer(nodeId: string, body: unknown): void {
    // A node of this cluster is what this cluster says.
    if (this.#world.node(nodeId)?.childId !== undefined) return
    const peer = peerItemSchema.safeParse(body).data
    if (!peer) return this.#world.putNode(nodeId, undefined)
    const { nodeId: _id, instances, ...reach } = peer
    this.#world.putNode(nodeId, { nodeId, reach, instances })
  }
}
