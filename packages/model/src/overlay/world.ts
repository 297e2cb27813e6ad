import { isDeepStrictEqual } from 'node:util'
import type { InstanceAddresses, ServiceAddress } from '../instance.ts'
import type { PeerInstance, PeerItem, ServiceName } from '../overlay.ts'
import { CountedSets } from './counted-sets.ts'
import { PlanMemo } from './plan-memo.ts'
import { type RelayPeers, relayPeers } from './relays.ts'

/** An instance that has its place on a node. */
export interface Seat extends InstanceAddresses {
  readonly instanceId: string
  readonly serviceId: string
  readonly number: number
  readonly nodeId: string
  readonly term: number
  readonly running: boolean
  readonly ready: boolean
  readonly load?: number
}

/** A service as far as its table is concerned. */
export interface WorldService {
  readonly serviceId: string
  readonly applicationId: string
  readonly name: ServiceName
  readonly addresses: readonly ServiceAddress[]
  /** Every node with an instance of its application knows its table. */
  readonly prefetch: boolean
}

export interface WorldNode {
  readonly nodeId: string
  /** The child whose document is told what concerns this node; absent for a node of somebody else. */
  readonly childId?: string
  /** Where others reach it; absent while nobody can. */
  readonly reach?: Omit<PeerItem, 'instances' | 'nodeId'>
  /** It is not given up, as far as its parent knows. */
  readonly isHere?: boolean
  /** Nodes that it does not reach without another. */
  readonly unreached?: readonly string[]
  /** What it has, as somebody else says; absent: the seats on it. */
  readonly instances?: readonly PeerInstance[]
}

/**
 * Who is where, and who wants to know of it, as a parent sees it: what tables and peers follow from. It is changed piece by piece, and
 * remembers which children have to be told something new since they were last asked for. Knows no store and no clock.
 *
 * A node is interested in a service because it says so, or because the service is prefetched and an instance of its application is there.
 */
export class OverlayWorld {
  readonly #services = new Map<string, WorldService>()
  readonly #nodes = new Map<string, WorldNode>()
  readonly #seats = new Map<string, Seat>()
  /** Instances by service and by node; nodes by application; services by application; nodes by child. */
  readonly #ofService = new Map<string, Map<string, Seat>>()
  readonly #onNode = new Map<string, Map<string, Seat>>()
  readonly #servicesOfApplication = new CountedSets()
  readonly #nodesOfChild = new CountedSets()
  /** By service, then by who said so: the nodes that said they want to know. */
  readonly #said = new Map<string, Map<string, readonly string[]>>()
  readonly #wantedBy = new CountedSets()
  readonly #wants = new CountedSets()
  readonly #prefetched = new Set<string>()
  readonly #chosenByLoad = new Set<string>()
  readonly #loads = new Map<string, number>()
  /** By address: the service, and how often it has that address. */
  readonly #owners = new CountedSets()
  readonly #dirty = new Set<string>()
  /** Nodes that say there is somebody they do not reach. */
  readonly #parted = new Set<string>()
  #relays: RelayPeers | undefined
  /** What was made out of this world and is still true. */
  readonly memo = new PlanMemo()

  service(serviceId: string): WorldService | undefined {
    return this.#services.get(serviceId)
  }

  services(): Iterable<WorldService> {
    return this.#services.values()
  }

  node(nodeId: string): WorldNode | undefined {
    return this.#nodes.get(nodeId)
  }

  seat(instanceId: string): Seat | undefined {
    return this.#seats.get(instanceId)
  }

  seatsOf(serviceId: string): Iterable<Seat> {
    return this.#ofService.get(serviceId)?.values() ?? []
  }

  /** How many instances of a service have a place. */
  sizeOf(serviceId: string): number {
    return this.#ofService.get(serviceId)?.size ?? 0
  }

  seatsOn(nodeId: string): Iterable<Seat> {
    return this.#onNode.get(nodeId)?.values() ?? []
  }

  nodesOf(childId: string): Iterable<string> {
    return this.#nodesOfChild.of(childId)
  }

  children(): Iterable<string> {
    return this.#nodesOfChild.keys()
  }

  /** The service that an address stands for: its own, or one of its instances'. Canonical text. */
  ownerOf(address: string): string | undefined {
    for (const serviceId of this.#owners.of(address)) return serviceId
    return undefined
  }

  /** How busy a node is, 0 to 100. */
  loadOf(nodeId: string): number | undefined {
    return this.#loads.get(nodeId)
  }

  /** Nodes with instances that are chosen by load. */
  nodesChosenByLoad(): ReadonlySet<string> {
    const nodes = new Set<string>()
    for (const serviceId of this.#chosenByLoad) for (const { nodeId } of this.seatsOf(serviceId)) nodes.add(nodeId)
    return nodes
  }

  isChosenByLoad(serviceId: string): boolean {
    return this.#chosenByLoad.has(serviceId)
  }

  /** True when somebody wants to know something: otherwise nothing has to be told to anybody. */
  get isOfInterest(): boolean {
    return this.#said.size > 0 || this.#prefetched.size > 0
  }

  /** Nodes that want to know a service. */
  interestedIn(serviceId: string): ReadonlySet<string> {
    const nodes = new Set(this.#wantedBy.of(serviceId))
    const service = this.#services.get(serviceId)
    if (!service?.prefetch) return nodes
    for (const sibling of this.#servicesOfApplication.of(service.applicationId)) {
      for (const { nodeId } of this.seatsOf(sibling)) nodes.add(nodeId)
    }
    return nodes
  }

  /** Services that a node wants to know. */
  interestsOf(nodeId: string): ReadonlySet<string> {
    const wanted = new Set(this.#wants.of(nodeId))
    if (this.#prefetched.size === 0) return wanted
    const applications = new Set<string>()
    for (const { serviceId } of this.seatsOn(nodeId)) {
      const service = this.#services.get(serviceId)
      if (service) applications.add(service.applicationId)
    }
    for (const application of applications) {
      for (const sibling of this.#servicesOfApplication.of(application)) if (this.#prefetched.has(sibling)) wanted.add(sibling)
    }
    return wanted
  }

  /** Nodes that a node exchanges packets with: it wants to know a service that they have, or they one that it has. */
  peersOf(nodeId: string): ReadonlySet<string> {
    const peers = new Set<string>()
    for (const serviceId of this.interestsOf(nodeId)) for (const seat of this.seatsOf(serviceId)) peers.add(seat.nodeId)
    const served = new Set<string>()
    for (const { serviceId } of this.seatsOn(nodeId)) served.add(serviceId)
    for (const serviceId of served) for (const interested of this.interestedIn(serviceId)) peers.add(interested)
    peers.delete(nodeId)
    return peers
  }

  /** Nodes that a node is to know so that it, or two others, have one between them. */
  relayPeersOf(nodeId: string): Iterable<string> {
    return this.#relaysNow().get(nodeId) ?? []
  }

  putService(serviceId: string, service: WorldService | undefined): void {
    const before = this.#services.get(serviceId)
    if (isDeepStrictEqual(before, service)) return
    this.memo.forgetService(serviceId)
    for (const address of addressesOf(before)) this.#owners.remove(address, serviceId)
    for (const address of addressesOf(service)) this.#owners.add(address, serviceId)
    this.#touchService(serviceId, () => {
      if (before) this.#servicesOfApplication.remove(before.applicationId, serviceId)
      if (service) this.#services.set(serviceId, service)
      else this.#services.delete(serviceId)
      if (service) this.#servicesOfApplication.add(service.applicationId, serviceId)
      if (service?.prefetch) this.#prefetched.add(serviceId)
      else this.#prefetched.delete(serviceId)
      if (service?.addresses.some(({ policy }) => policy === 'least-loaded')) this.#chosenByLoad.add(serviceId)
      else this.#chosenByLoad.delete(serviceId)
    })
  }

  putSeat(instanceId: string, seat: Seat | undefined): void {
    const before = this.#seats.get(instanceId)
    if (isDeepStrictEqual(before, seat)) return
    for (const each of [before, seat]) if (each) this.memo.forgetSeat(each)
    const isSamePlace = before !== undefined && seat !== undefined && before.nodeId === seat.nodeId && before.serviceId === seat.serviceId
    if (isSamePlace && before.v4 === seat.v4 && before.v6 === seat.v6) {
      this.#setSeat(instanceId, seat)
      return this.#markAll(this.interestedIn(seat.serviceId))
    }
    const touched = [before, seat].flatMap((one) => one ?? [])
    this.#touch(touched, () => this.#setSeat(instanceId, seat))
  }

  putNode(nodeId: string, node: WorldNode | undefined): void {
    const before = this.#nodes.get(nodeId)
    if (isDeepStrictEqual(before, node)) return
    this.memo.forgetNode(nodeId, before?.childId !== node?.childId)
    this.#markNode(nodeId)
    const relaysBefore = this.#relaysNow()
    if (before?.childId !== undefined) this.#nodesOfChild.remove(before.childId, nodeId)
    if (node) this.#nodes.set(nodeId, node)
    else this.#nodes.delete(nodeId)
    if (node?.childId !== undefined) this.#nodesOfChild.add(node.childId, nodeId)
    if (node?.unreached?.length) this.#parted.add(nodeId)
    else this.#parted.delete(nodeId)
    this.#relays = undefined
    this.#markNode(nodeId)
    for (const relays of [relaysBefore, this.#relaysNow()]) this.#markAll(relays.keys())
  }

  /** Only the tables of services that are chosen by load say it. */
  putLoad(nodeId: string, load: number | undefined): void {
    if (this.#loads.get(nodeId) === load) return
    if (load === undefined) this.#loads.delete(nodeId)
    else this.#loads.set(nodeId, load)
    for (const { serviceId } of this.seatsOn(nodeId)) {
      if (!this.#chosenByLoad.has(serviceId)) continue
      this.memo.forgetService(serviceId)
      this.#markAll(this.interestedIn(serviceId))
    }
  }

  /** What one source says of who wants to know a service; empty when it says nothing any more. */
  putInterest(serviceId: string, source: string, nodeIds: readonly string[]): void {
    const sources = this.#said.get(serviceId) ?? new Map<string, readonly string[]>()
    const before = sources.get(source) ?? []
    if (isDeepStrictEqual(before, nodeIds)) return
    const changed = [...before.filter((id) => !nodeIds.includes(id)), ...nodeIds.filter((id) => !before.includes(id))]
    this.#markServed(serviceId, changed)
    if (nodeIds.length > 0) this.#said.set(serviceId, sources.set(source, nodeIds))
    else if (sources.delete(source) && sources.size === 0) this.#said.delete(serviceId)
    for (const nodeId of before) this.#count(serviceId, nodeId, 'remove')
    for (const nodeId of nodeIds) this.#count(serviceId, nodeId, 'add')
    this.#markServed(serviceId, changed)
  }

  /** Who said that nodes want to know of which service, so that what is not said any more can be taken back. */
  saidBy(source: string): readonly string[] {
    return [...this.#said].filter(([, sources]) => sources.has(source)).map(([serviceId]) => serviceId)
  }

  /** The nodes that one source speaks of. */
  said(serviceId: string, source: string): readonly string[] {
    return this.#said.get(serviceId)?.get(source) ?? []
  }

  /** The children for whom something changed since the last call, perhaps. */
  takeDirty(): ReadonlySet<string> {
    const taken = new Set(this.#dirty)
    this.#dirty.clear()
    return taken
  }

  #relaysNow(): RelayPeers {
    this.#relays ??= this.#parted.size === 0 ? new Map() : relayPeers([...this.#nodes.values()])
    return this.#relays
  }

  #count(serviceId: string, nodeId: string, change: 'add' | 'remove'): void {
    this.#wantedBy[change](serviceId, nodeId)
    this.#wants[change](nodeId, serviceId)
  }

  #setSeat(instanceId: string, seat: Seat | undefined): void {
    const before = this.#seats.get(instanceId)
    if (before) {
      for (const address of [before.v4, before.v6]) this.#owners.remove(address, before.serviceId)
      removeFrom(this.#ofService, before.serviceId, instanceId)
      removeFrom(this.#onNode, before.nodeId, instanceId)
    }
    if (!seat) return void this.#seats.delete(instanceId)
    this.#seats.set(instanceId, seat)
    for (const address of [seat.v4, seat.v6]) this.#owners.add(address, seat.serviceId)
    addTo(this.#ofService, seat.serviceId, seat)
    addTo(this.#onNode, seat.nodeId, seat)
  }

  /** Marks whoever is concerned before or after a change of these seats. */
  #touch(seats: readonly Seat[], change: () => void): void {
    if (!this.isOfInterest) return change()
    const mark = () => {
      for (const { serviceId, nodeId } of seats) {
        this.#markAll(this.interestedIn(serviceId))
        this.#markNode(nodeId)
      }
    }
    mark()
    change()
    mark()
  }

  #touchService(serviceId: string, change: () => void): void {
    const mark = () => this.#markServed(serviceId, this.interestedIn(serviceId))
    mark()
    change()
    mark()
  }

  /** These nodes read the table of a service, and those that serve it have them as peers. */
  #markServed(serviceId: string, nodeIds: Iterable<string>): void {
    let isRead = false
    for (const nodeId of nodeIds) {
      this.#mark(nodeId)
      isRead = true
    }
    if (isRead) for (const seat of this.seatsOf(serviceId)) this.#mark(seat.nodeId)
  }

  #markNode(nodeId: string): void {
    this.#mark(nodeId)
    this.#markAll(this.peersOf(nodeId))
  }

  #markAll(nodeIds: Iterable<string>): void {
    for (const nodeId of nodeIds) this.#mark(nodeId)
  }

  #mark(nodeId: string): void {
    const childId = this.#nodes.get(nodeId)?.childId
    if (childId !== undefined) this.#dirty.add(childId)
  }
}

function addressesOf(service: WorldService | undefined): readonly string[] {
  return service?.addresses.flatMap(({ v4, v6 }) => [v4 ?? [], v6 ?? []].flat()) ?? []
}

function addTo(index: Map<string, Map<string, Seat>>, key: string, seat: Seat): void {
  const seats = index.get(key) ?? new Map<string, Seat>()
  index.set(key, seats.set(seat.instanceId, seat))
}

function removeFrom(index: Map<string, Map<string, Seat>>, key: string, instanceId: string): void {
  const seats = index.get(key)
  seats?.delete(instanceId)
  if (seats?.size === 0) index.delete(key)
}
