import { drain } from '@oakestra/base'
import { type DesiredInstance, isReady, type OverlayWorld, type Seat, type Service } from '@oakestra/model'
import type { Change, Reader } from '@oakestra/store'
import { instances, type ReportedInstance, reports, services } from '../state/collections.ts'
import { clusterInterests, knownPeers } from './overlay-records.ts'
import { Prefetching } from './prefetching.ts'

// Others wait while a section reads: so many instances take a few milliseconds.
const INSTANCES_PER_SECTION = 250

export interface RootFeedDeps {
  readonly world: OverlayWorld
  /** How many instances of a service have a cluster. */
  readonly placed: (serviceId: string) => number
}

/**
 * Takes what root's store knows into the world: all of it at the start, then what commits touched. Instances are not read before
 * somebody is interested in any service.
 */
export class RootFeed {
  readonly #deps: RootFeedDeps
  readonly #prefetching = new Prefetching()
  readonly #services = new Set<string>()
  readonly #instances = new Set<string>()
  readonly #nodes = new Set<string>()
  readonly #interests = new Set<string>()
  #isAwake = false

  constructor(deps: RootFeedDeps) {
    this.#deps = deps
  }

  /** Everything is looked at with the next refreshes. */
  async noteAll(reader: Reader): Promise<void> {
    for (const { id } of await reader.list(services)) this.#services.add(id)
    for (const { id } of await reader.list(instances)) this.#instances.add(id)
    for (const { nodeId } of await reader.list(knownPeers)) this.#nodes.add(nodeId)
    for (const interest of await reader.list(clusterInterests)) this.#interests.add(clusterInterests.key(interest))
  }

  /** Remembers what a commit touched. Gives false when nothing of it has to be looked at. */
  note(changes: readonly Change[]): boolean {
    for (const { collection, key } of changes) {
      if (collection === instances.name || collection === reports.name) this.#instances.add(key)
      else if (collection === services.name) this.#services.add(key)
      else if (collection === knownPeers.name) this.#nodes.add(key)
      else if (collection === clusterInterests.name) this.#interests.add(key)
    }
    return this.#hasWork
  }

  /** Takes in what was noted, or a part of it. Gives false when more is to be done. What a failure leaves undone stays noted. */
  async refresh(reader: Reader): Promise<boolean> {
    await drain(this.#services, (id) => this.#takeService(reader, id))
    await drain(this.#nodes, (id) => this.#takeNode(reader, id))
    await drain(this.#interests, (key) => this.#takeInterest(reader, key))
    this.#isAwake ||= this.#deps.world.isOfInterest
    if (this.#isAwake) await drain(this.#instances, (id) => this.#takeInstance(reader, id), INSTANCES_PER_SECTION)
    return !this.#hasWork
  }

  get #hasWork(): boolean {
    return this.#services.size + this.#nodes.size + this.#interests.size > 0 || (this.#isAwake && this.#instances.size > 0)
  }

  async #takeService(reader: Reader, serviceId: string): Promise<void> {
    const service = await reader.get(services, serviceId)
    for (const changed of this.#prefetching.note(serviceId, service && this.#sizeOf(service))) {
      if (changed !== serviceId) this.#services.add(changed)
    }
    this.#deps.world.putService(serviceId, service && this.#asTold(service))
  }

  #sizeOf({ id, applicationId, replicas = 0 }: Service) {
    return { serviceId: id, applicationId, instances: Math.max(replicas, this.#deps.placed(id)) }
  }

  #asTold({ id, applicationId, applicationName, applicationNamespace, descriptor, addresses }: Service) {
    const { name: service, namespace } = descriptor
    const name = { service, namespace, application: applicationName, applicationNamespace }
    return { serviceId: id, applicationId, name, addresses, prefetch: this.#prefetching.isPrefetched(applicationId) }
  }

  async #takeNode(reader: Reader, nodeId: string): Promise<void> {
    const { world } = this.#deps
    const known = await reader.get(knownPeers, nodeId)
    if (known) {
      const { clusterId: childId, nodeId: _id, load, ...reach } = known
      world.putLoad(nodeId, load)
      return world.putNode(nodeId, { nodeId, childId, reach })
    }
    world.putLoad(nodeId, undefined)
    // It is somewhere all the same, as long as something is on it.
    const childId = world.node(nodeId)?.childId
    const isEmpty = childId === undefined || hasNone(world.seatsOn(nodeId))
    world.putNode(nodeId, isEmpty ? undefined : { nodeId, childId })
  }

  async #takeInterest(reader: Reader, key: string): Promise<void> {
    const [clusterId = '', serviceId = ''] = key.split(' ')
    const interest = await reader.get(clusterInterests, key)
    for (const nodeId of interest?.nodeIds ?? []) this.#expectNode(nodeId, clusterId)
    const own = interest?.nodeIds.filter((nodeId) => this.#deps.world.node(nodeId)?.childId === clusterId)
    this.#deps.world.putInterest(serviceId, clusterId, own ?? [])
  }

  async #takeInstance(reader: Reader, instanceId: string): Promise<void> {
    const { world } = this.#deps
    const instance = await reader.get(instances, instanceId)
    const report = instance?.clusterId === undefined ? undefined : await reader.get(reports, instanceId)
    const before = world.seat(instanceId)
    const seat = instance && report && seatOf(instance, report)
    if (seat && report) this.#expectNode(seat.nodeId, report.clusterId)
    world.putSeat(instanceId, seat)
    if (before && before.nodeId !== seat?.nodeId && !world.node(before.nodeId)?.reach) this.#nodes.add(before.nodeId)
    if (!before !== !instance) this.#services.add(instance?.serviceId ?? before?.serviceId ?? '')
  }

  /** A cluster speaks of its node before it says where that is reached. */
  #expectNode(nodeId: string, clusterId: string): void {
    const { world } = this.#deps
    if (!world.node(nodeId)) world.putNode(nodeId, { nodeId, childId: clusterId })
  }
}

/** Where an instance is: only the cluster that has it may say so. */
function seatOf(instance: DesiredInstance, report: ReportedInstance): Seat | undefined {
  const { id: instanceId, serviceId, number, addresses, clusterId, term = 0, leaving, removing, ended } = instance
  if (report.clusterId !== clusterId || report.nodeId === undefined || ended) return undefined
  const running = report.state === 'running'
  const ready = running && isReady(report) && !removing && !leaving
  return { instanceId, serviceId, number, ...addresses, nodeId: report.nodeId, term, running, ready }
}

function hasNone(items: Iterable<unknown>): boolean {
  return items[Symbol.iterator]().next().done === true
}
