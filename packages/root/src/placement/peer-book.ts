import type { DesiredInstance } from '@oakestra/model'
import type { Change } from '@oakestra/store'
import { instances } from '../state/collections.ts'

type Staged = Pick<DesiredInstance, 'id' | 'serviceId' | 'clusterId' | 'leaving'>

/** As little as will do, for there is one for each instance. */
interface Placed {
  readonly serviceId: string
  readonly clusterId: string
  readonly isLeaving: boolean
}

/**
 * How many instances of a service each cluster has, and how many leave theirs, in memory beside the store, so that a
 * placement does not read all instances of its service. A section that changes one of both `stage`s the instance; it counts
 * once that is committed.
 */
export class PeerBook {
  readonly #counts = new Map<string, Map<string, number>>()
  readonly #placed = new Map<string, Placed>()
  readonly #leaving = new Map<string, number>()
  readonly #staged = new Map<string, Placed | undefined>()

  load(known: readonly Staged[]): void {
    for (const instance of known) this.#set(instance.id, placedOf(instance))
  }

  stage(instance: Staged): void {
    this.#staged.set(instance.id, placedOf(instance))
  }

  committed(changes: readonly Change[]): void {
    for (const { collection, key, kind } of changes) {
      if (collection !== instances.name) continue
      if (kind === 'remove') this.#set(key, undefined)
      else if (this.#staged.has(key)) this.#set(key, this.#staged.get(key))
      this.#staged.delete(key)
    }
  }

  /** Instances of a service by cluster. */
  of(serviceId: string): ReadonlyMap<string, number> {
    return this.#counts.get(serviceId) ?? NONE
  }

  /** How many instances of a service have a cluster. */
  count(serviceId: string): number {
    return [...this.of(serviceId).values()].reduce((sum, count) => sum + count, 0)
  }

  /** How many instances of a service are on their way out of a cluster. */
  leaving(serviceId: string): number {
    return this.#leaving.get(serviceId) ?? 0
  }

  #set(instanceId: string, placed: Placed | undefined): void {
    this.#count(this.#placed.get(instanceId), -1)
    this.#count(placed, 1)
    if (placed) this.#placed.set(instanceId, placed)
    else this.#placed.delete(instanceId)
  }

  #count(placed: Placed | undefined, by: 1 | -1): void {
    if (!placed) return
    const { serviceId, clusterId, isLeaving } = placed
    const counts = this.#counts.get(serviceId) ?? new Map<string, number>()
    add(counts, clusterId, by)
    if (counts.size > 0) this.#counts.set(serviceId, counts)
    else this.#counts.delete(serviceId)
    if (isLeaving) add(this.#leaving, serviceId, by)
  }
}

function placedOf({ serviceId, clusterId, leaving }: Staged): Placed | undefined {
  return clusterId === undefined ? undefined : { serviceId, clusterId, isLeaving: leaving !== undefined }
}

function add(counts: Map<string, number>, key: string, by: number): void {
  const next = (counts.get(key) ?? 0) + by
  if (next > 0) counts.set(key, next)
  else counts.delete(key)
}

const NONE: ReadonlyMap<string, number> = new Map()
