import { drain } from '@oakestra/base'
import { isReady, type OverlayWorld, type Seat } from '@oakestra/model'
import { inboxItems, type Presence } from '@oakestra/session'
import type { Change, Reader } from '@oakestra/store'
import { overlaySubject } from '@oakestra/wire'
import { orders, serviceOrder, subjectOf } from '../local/orders.ts'
import { nodeReports, nodes, type Placement, placements } from '../state.ts'
import { type Identity, type ReadSpec, readSpec, type ServiceLook } from './identities.ts'
import { interests } from './interests.ts'
import { reachOf } from './reach.ts'
import { ToldByRoot } from './told-by-root.ts'

// Others wait while a section reads: so many instances take a few milliseconds.
const INSTANCES_PER_SECTION = 250

export interface WorldFeedDeps {
  readonly world: OverlayWorld
  readonly presence: (nodeId: string) => Presence
}

/**
 * Takes what the store knows into the world: all of it at the start, then what commits touched. Instances are not even read before
 * somebody is interested in any service, for in a cluster without traffic between nodes that is work for nothing.
 */
export class WorldFeed {
  readonly #deps: WorldFeedDeps
  readonly #root: ToldByRoot
  readonly #instances = new Set<string>()
  readonly #nodes = new Set<string>()
  readonly #interests = new Set<string>()
  readonly #items = new Set<string>()
  readonly #services = new Set<string>()
  readonly #own = new Map<string, Seat>()
  readonly #identities = new Map<string, Identity>()
  readonly #looks = new Map<string, ServiceLook>()
  /** Made at this cluster, and root has not said yet who is to know of them. */
  readonly #madeHere = new Set<string>()
  #isAwake = false

  constructor(deps: WorldFeedDeps) {
    this.#deps = deps
    this.#root = new ToldByRoot(deps.world, { onSeat: (id) => this.#settleSeat(id), onService: (id) => void this.#services.add(id) })
  }

  /** Everything is looked at with the next refresh. */
  async noteAll(reader: Reader): Promise<void> {
    for (const { instanceId } of await reader.list(placements)) this.#instances.add(instanceId)
    for (const { id } of await reader.list(nodes)) this.#nodes.add(id)
    for (const interest of await reader.list(interests)) this.#interests.add(interests.key(interest))
    for (const { id, kind } of await reader.list(orders)) if (kind === 'add-service') this.#services.add(id)
    for (const kind of ['table', 'peer', 'interest']) {
      for (const { id } of await reader.list(inboxItems, { index: 'kind', equals: kind })) this.#items.add(id)
    }
  }

  /** Remembers what a commit touched. Gives false when nothing of it concerns tables or peers. */
  note(changes: readonly Change[]): boolean {
    const before = this.#noted
    for (const { collection, key } of changes) this.#noteOne(collection, key)
    return this.#noted > before
  }

  /** The presence of a node changed, which no commit tells. */
  noteNode(nodeId: string): void {
    this.#nodes.add(nodeId)
    for (const { instanceId } of this.#deps.world.seatsOn(nodeId)) this.#instances.add(instanceId)
  }

  /** From now on instances are read in any case: somebody asks what an address stands for. */
  wake(): void {
    this.#isAwake = true
  }

  /** Takes in what was noted, or a part of it. Gives false when more is to be done. What a failure leaves undone stays noted. */
  async refresh(reader: Reader): Promise<boolean> {
    await drain(this.#nodes, (nodeId) => this.#takeNode(reader, nodeId))
    await drain(this.#items, (itemId) => this.#root.take(reader, itemId))
    await drain(this.#interests, (key) => this.#takeInterest(reader, key))
    await drain(this.#services, (serviceId) => this.#takeService(reader, serviceId))
    this.#isAwake ||= this.#deps.world.isOfInterest || this.#madeHere.size > 0
    if (!this.#isAwake) return true
    await drain(this.#instances, (instanceId) => this.#takeInstance(reader, instanceId), INSTANCES_PER_SECTION)
    await drain(this.#services, (serviceId) => this.#takeService(reader, serviceId))
    return this.#noted === 0
  }

  get #noted(): number {
    const waiting = this.#isAwake ? this.#instances.size : 0
    return waiting + this.#nodes.size + this.#interests.size + this.#items.size + this.#services.size
  }

  #noteOne(collection: string, key: string): void {
    if (collection === placements.name || collection === nodeReports.name) this.#instances.add(key)
    else if (collection === nodes.name) this.#nodes.add(key)
    else if (collection === interests.name) this.#interests.add(key)
    else if (collection === orders.name) this.#noteOrder(subjectOf(key))
    else if (collection === inboxItems.name && overlaySubject(key)) this.#items.add(key)
    else if (collection === inboxItems.name) this.#instances.add(key)
  }

  /** It may be of a service or of an instance. */
  #noteOrder(id: string): void {
    this.#services.add(id)
    this.#instances.add(id)
  }

  async #takeNode(reader: Reader, nodeId: string): Promise<void> {
    const node = await reader.get(nodes, nodeId)
    const reach = node && reachOf(node)
    const isHere = this.#deps.presence(nodeId) !== 'lost'
    const unreached = node?.facts?.tunnel?.unreached
    this.#deps.world.putNode(nodeId, node && { nodeId, childId: nodeId, ...(reach && { reach }), isHere, ...(unreached && { unreached }) })
  }

  async #takeInterest(reader: Reader, key: string): Promise<void> {
    const [nodeId = '', serviceId = ''] = key.split(' ')
    const isThere = (await reader.get(interests, key)) !== undefined
    this.#deps.world.putInterest(serviceId, nodeId, isThere ? [nodeId] : [])
  }

  async #takeInstance(reader: Reader, instanceId: string): Promise<void> {
    const placement = await reader.get(placements, instanceId)
    const wanted = placement && (await readSpec(reader, instanceId))
    if (wanted) this.#takeSpec(instanceId, wanted)
    const seat = placement && (await this.#seatOf(reader, placement, wanted !== undefined))
    if (seat) this.#own.set(instanceId, seat)
    else this.#own.delete(instanceId)
    if (!placement) this.#forgetIdentity(instanceId)
    this.#settleSeat(instanceId)
  }

  #takeSpec(instanceId: string, { identity, look }: ReadSpec): void {
    this.#identities.set(instanceId, identity)
    this.#looks.set(identity.serviceId, look)
    this.#services.add(identity.serviceId)
  }

  #forgetIdentity(instanceId: string): void {
    const identity = this.#identities.get(instanceId)
    this.#identities.delete(instanceId)
    if (identity) this.#services.add(identity.serviceId)
  }

  async #seatOf(reader: Reader, placement: Placement, isWanted: boolean): Promise<Seat | undefined> {
    const { instanceId, nodeId, term, departure, ended } = placement
    const identity = this.#identities.get(instanceId)
    if (!identity || ended) return undefined
    const report = await reader.get(nodeReports, instanceId)
    const running = report?.state === 'running' && report.nodeId === nodeId
    const staysHere = isWanted && !departure && this.#deps.presence(nodeId) !== 'lost'
    return { instanceId, ...identity, nodeId, term, running, ready: running && isReady(report) && staysHere }
  }

  /** This cluster knows its own instances better than root does. */
  #settleSeat(instanceId: string): void {
    this.#deps.world.putSeat(instanceId, this.#own.get(instanceId) ?? this.#root.seat(instanceId))
  }

  async #takeService(reader: Reader, serviceId: string): Promise<void> {
    const { world } = this.#deps
    const table = this.#root.table(serviceId)
    if (table) {
      this.#madeHere.delete(serviceId)
      const { applicationId, name, addresses } = table
      return world.putService(serviceId, { serviceId, applicationId, name, addresses, prefetch: table.prefetch === true })
    }
    const isOrdered = (await serviceOrder(reader, serviceId)) !== undefined
    if (isOrdered) this.#madeHere.add(serviceId)
    const look = this.#looks.get(serviceId)
    const isHere = !world.seatsOf(serviceId)[Symbol.iterator]().next().done
    if (look && isHere) return world.putService(serviceId, { serviceId, ...look, prefetch: this.#madeHere.has(serviceId) })
    this.#looks.delete(serviceId)
    // Its order is forgotten as soon as root has taken it, which is before root has said who is to know of it.
    if (!isHere && !isOrdered) this.#madeHere.delete(serviceId)
    world.putService(serviceId, undefined)
  }
}
