import type { GeoArea, Node, Slot } from '@oakestra/model'
import { type Candidate, parseGeoArea, reserve, slotOfNode } from '@oakestra/scheduler'
import type { Reader, Store, Writer } from '@oakestra/store'
import { nodes, type Placement, placements } from '../state.ts'

/** Whose eyes the nodes are seen with. */
export interface View {
  /** True for a node that can be given work now. */
  readonly isHere: (nodeId: string) => boolean
  /** The service whose instances count as peers. */
  readonly serviceId?: string
  /** An instance whose own promises do not count: it is about to be placed. */
  readonly without?: string
}

/** What a section writes about promises and nodes: into the store, and into memory at once. */
export interface Draft {
  readonly writer: Writer
  place(placement: Placement): Promise<void>
  release(instanceId: string): Promise<void>
  putNode(node: Node): Promise<void>
  removeNode(nodeId: string): Promise<void>
}

/**
 * What each node has and what of it is promised, kept in memory beside the store so that a placement does not read
 * every node. Sections share commits, so a promise counts from the moment it is made: the next section of the same commit must
 * see it. What a section that failed had promised is read from the store again before anything else is decided.
 */
export class Capacity {
  readonly #store: Store
  readonly #cpuOvercommit: number
  readonly #area: GeoArea | undefined
  readonly #nodes = new Map<string, Node>()
  readonly #placements = new Map<string, Placement>()
  /** By node: what is there, and what has room promised there for when it comes. */
  readonly #promised = new Map<string, Map<string, Placement>>()
  readonly #peers = new Map<string, Map<string, number>>()
  /** Candidates that are still true; made anew when their node or its promises change. */
  readonly #known = new Map<string, Candidate>()
  readonly #doubtfulPlacements = new Set<string>()
  readonly #doubtfulNodes = new Set<string>()
  readonly #listeners = new Set<() => void>()

  /** @param location of the cluster, which nodes that do not say where they are share; free text means nothing */
  constructor(store: Store, cpuOvercommit: number, location = '') {
    this.#store = store
    this.#cpuOvercommit = cpuOvercommit
    this.#area = parseGeoArea(location)
  }

  async load(reader: Reader): Promise<void> {
    for (const node of await reader.list(nodes)) this.#setNode(node.id, node)
    for (const placement of await reader.list(placements)) this.#set(placement.instanceId, placement)
  }

  /** Calls `listener` when something may fit that did not fit before. */
  onGrown(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** To be called when a node came that had been away. */
  grew(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Runs a section of the store that may change promises and nodes. */
  async transact<T>(section: (draft: Draft) => Promise<T>): Promise<T> {
    const touched = new Touched()
    try {
      const result = await this.#store.write(async (writer) => {
        await this.#settleDoubts(writer)
        return section(this.#draft(writer, touched))
      })
      if (touched.hasGrown) this.grew()
      return result
    } catch (thrown) {
      for (const id of touched.placements) this.#doubtfulPlacements.add(id)
      for (const id of touched.nodes) this.#doubtfulNodes.add(id)
      throw thrown
    }
  }

  /** To be called when somebody else wrote a node: it is read again before anything else is decided. */
  doubtNode(nodeId: string): void {
    this.#doubtfulNodes.add(nodeId)
  }

  /** The same for a placement. */
  doubtPlacement(instanceId: string): void {
    this.#doubtfulPlacements.add(instanceId)
  }

  /** Every node as the scheduler sees it. */
  candidates({ isHere, serviceId, without }: View): readonly Candidate[] {
    const own = new Set(without === undefined ? [] : placesOf(this.#placements.get(without)))
    return [...this.#nodes.values()].map((node) => {
      const active = isHere(node.id) && node.subnetV4 !== undefined
      const candidate = own.has(node.id) ? this.#candidate(node, active, without) : this.#knownCandidate(node, active)
      const peers = serviceId === undefined ? 0 : this.#peersOn(node.id, serviceId, without)
      return peers === 0 ? candidate : { ...candidate, peers }
    })
  }

  node(nodeId: string): Node | undefined {
    return this.#nodes.get(nodeId)
  }

  allNodes(): readonly Node[] {
    return [...this.#nodes.values()]
  }

  placement(instanceId: string): Placement | undefined {
    return this.#placements.get(instanceId)
  }

  /** Placements that a node has now, without those that are only on their way there. */
  placementsOn(nodeId: string): readonly Placement[] {
    return [...(this.#promised.get(nodeId)?.values() ?? [])].filter((placement) => placement.nodeId === nodeId)
  }

  /** Every instance that is on its way out of its node. */
  departing(): readonly Placement[] {
    return [...this.#placements.values()].filter(({ departure }) => departure)
  }

  #draft(writer: Writer, touched: Touched): Draft {
    return {
      writer,
      place: async (placement) => {
        touched.notePlacement(placement.instanceId, this.#placements.has(placement.instanceId))
        this.#set(placement.instanceId, placement)
        await writer.put(placements, placement)
      },
      release: async (instanceId) => {
        touched.notePlacement(instanceId, true)
        this.#set(instanceId, undefined)
        await writer.remove(placements, instanceId)
      },
      putNode: async (node) => {
        touched.noteNode(node.id)
        this.#setNode(node.id, node)
        await writer.put(nodes, node)
      },
      removeNode: async (nodeId) => {
        touched.noteNode(nodeId)
        this.#setNode(nodeId, undefined)
        await writer.remove(nodes, nodeId)
      },
    }
  }

  async #settleDoubts(reader: Reader): Promise<void> {
    for (const id of this.#doubtfulPlacements) this.#set(id, await reader.get(placements, id))
    for (const id of this.#doubtfulNodes) this.#setNode(id, await reader.get(nodes, id))
    this.#doubtfulPlacements.clear()
    this.#doubtfulNodes.clear()
  }

  #knownCandidate(node: Node, active: boolean): Candidate {
    const known = this.#known.get(node.id)
    if (known?.active === active) return known
    const candidate = this.#candidate(node, active)
    this.#known.set(node.id, candidate)
    return candidate
  }

  #candidate(node: Node, active: boolean, without?: string): Candidate {
    const all = [...(this.#promised.get(node.id)?.values() ?? [])]
    const promised = all.filter(({ instanceId, ended }) => instanceId !== without && !ended)
    const { id, name, facts } = node
    return {
      id,
      name,
      active,
      cordoned: isClosed(node),
      slots: facts ? [{ ...slotOfNode(facts, promised, this.#cpuOvercommit), ...carriedBy(node) }] : [],
      usedPorts: promised.flatMap((placement) => placement.ports),
      areas: areasOf(node, this.#area),
      ...(facts?.coordinates && { coordinates: facts.coordinates }),
    }
  }

  #peersOn(nodeId: string, serviceId: string, without: string | undefined): number {
    const count = this.#peers.get(nodeId)?.get(serviceId) ?? 0
    const own = without === undefined ? undefined : this.#placements.get(without)
    return own?.serviceId === serviceId && placesOf(own).includes(nodeId) ? count - 1 : count
  }

  #setNode(nodeId: string, node: Node | undefined): void {
    if (node) this.#nodes.set(nodeId, node)
    else this.#nodes.delete(nodeId)
    this.#known.delete(nodeId)
  }

  #set(instanceId: string, placement: Placement | undefined): void {
    const before = this.#placements.get(instanceId)
    for (const nodeId of placesOf(before)) {
      this.#promised.get(nodeId)?.delete(instanceId)
      if (before) this.#countPeer(nodeId, before.serviceId, -1)
      this.#known.delete(nodeId)
    }
    if (!placement) return void this.#placements.delete(instanceId)
    this.#placements.set(instanceId, placement)
    for (const nodeId of placesOf(placement)) {
      const promised = this.#promised.get(nodeId) ?? new Map<string, Placement>()
      this.#promised.set(nodeId, promised.set(instanceId, placement))
      this.#countPeer(nodeId, placement.serviceId, 1)
      this.#takeRoom(nodeId, placement)
    }
  }

  /** One promise more is a subtraction; to add all of them up again for each would cost the square of their number. */
  #takeRoom(nodeId: string, placement: Placement): void {
    const known = this.#known.get(nodeId)
    if (!known || placement.ended) return
    const usedPorts = placement.ports.length === 0 ? known.usedPorts : [...(known.usedPorts ?? []), ...placement.ports]
    const slots = known.slots.map((slot) => reserve(slot, placement))
    this.#known.set(nodeId, { ...known, slots, ...(usedPorts && { usedPorts }) })
  }

  #countPeer(nodeId: string, serviceId: string, change: 1 | -1): void {
    const peers = this.#peers.get(nodeId) ?? new Map<string, number>()
    this.#peers.set(nodeId, peers)
    const count = (peers.get(serviceId) ?? 0) + change
    if (count > 0) peers.set(serviceId, count)
    else peers.delete(serviceId)
  }
}

/** What a section changed, so that it can be doubted when the section fails. */
class Touched {
  readonly placements = new Set<string>()
  readonly nodes = new Set<string>()
  hasGrown = false

  notePlacement(instanceId: string, mayFree: boolean): void {
    this.placements.add(instanceId)
    this.hasGrown ||= mayFree
  }

  noteNode(nodeId: string): void {
    this.nodes.add(nodeId)
    this.hasGrown = true
  }
}

/** The nodes on which room is kept for an instance. */
function placesOf(placement: Placement | undefined): readonly string[] {
  if (!placement) return []
  const targetId = placement.departure?.targetId
  return targetId === undefined || targetId === placement.nodeId ? [placement.nodeId] : [placement.nodeId, targetId]
}

/** True for a node that gets no new instances. */
export function isClosed({ cordoned, draining, removing }: Node): boolean {
  return cordoned === true || draining === true || removing === true
}

/** What a node carries, by its configuration and by its operators. */
export function labelsOf({ labels = [], facts }: Node): readonly string[] {
  return [...new Set([...(facts?.labels ?? []), ...labels])]
}

function carriedBy(node: Node): Pick<Slot, 'labels' | 'addons' | 'csiDrivers'> {
  const { addons, csiDrivers } = node.facts ?? {}
  return { labels: labelsOf(node), ...(addons && { addons }), ...(csiDrivers && { csiDrivers }) }
}

function areasOf({ facts }: Node, ofCluster: GeoArea | undefined): readonly GeoArea[] {
  if (facts?.location) return [{ ...facts.location, radiusKm: 0 }]
  return ofCluster ? [ofCluster] : []
}
