import type { Cluster, GeoArea, InstanceSpec } from '@oakestra/model'
import { type Candidate, parseGeoArea } from '@oakestra/scheduler'
import { type CountedSlot, countedSlots, hasGrown, likelySlot, reserveIn } from './counted-slots.ts'

/** A placement that the cluster's own numbers do not contain yet. */
interface Pending {
  readonly instanceId: string
  readonly generation: number
  readonly resources: InstanceSpec['resources']
}

interface Room {
  readonly cluster: Cluster
  /** What the cluster said, less what was placed since. */
  readonly slots: CountedSlot[]
  readonly pending: Pending[]
  /** As candidate when connected, and when not; made anew when the room changes. */
  readonly known: Map<boolean, Candidate>
}

/**
 * The clusters as candidates, kept in memory: their last facts, and what root promised since those were gathered.
 * After a restart of root nothing is pending; a cluster that was given too much says so, and the instance is told why.
 */
export class ClusterRoom {
  readonly #rooms = new Map<string, Room>()
  #hasGrown = false

  /** Takes in what is known of a cluster, at start and whenever something of it changes. */
  note(cluster: Cluster): void {
    const before = this.#rooms.get(cluster.id)
    const asOf = cluster.facts?.asOfGeneration ?? 0
    const pending = (before?.pending ?? []).filter(({ generation }) => generation > asOf)
    const slots = cluster.facts ? countedSlots(cluster.facts) : []
    for (const { resources } of pending) reserveIn(slots, likelySlot(slots, resources), resources)
    if (!before || hasGrown(before.slots, slots) || wordsOf(before.cluster) !== wordsOf(cluster)) this.#hasGrown = true
    this.#rooms.set(cluster.id, { cluster, slots, pending, known: new Map() })
  }

  /** Takes back what was promised to an instance that has not come yet. */
  release(instanceId: string): void {
    for (const { cluster, pending } of this.#rooms.values()) {
      const index = pending.findIndex((each) => each.instanceId === instanceId)
      if (index < 0) continue
      pending.splice(index, 1)
      this.note(cluster)
    }
  }

  forget(clusterId: string): void {
    this.#rooms.delete(clusterId)
  }

  /** True, once, when something that was refused before may fit now. */
  takeGrowth(): boolean {
    const grown = this.#hasGrown
    this.#hasGrown = false
    return grown
  }

  /** @param generation of the cluster's document that carries the placement */
  promise(clusterId: string, slotIndex: number, placed: Pending): void {
    const room = this.#rooms.get(clusterId)
    if (!room) return
    reserveIn(room.slots, slotIndex, placed.resources)
    room.pending.push(placed)
    room.known.clear()
  }

  /** What was last known of a cluster. */
  cluster(clusterId: string): Cluster | undefined {
    return this.#rooms.get(clusterId)?.cluster
  }

  /** Nodes that clusters last said are ready for work. */
  activeNodes(): number {
    return [...this.#rooms.values()].reduce((sum, { cluster }) => sum + (cluster.facts?.activeNodes ?? 0), 0)
  }

  candidates(isConnected: (clusterId: string) => boolean): readonly Candidate[] {
    return [...this.#rooms].map(([id, room]) => {
      const active = isConnected(id)
      const known = room.known.get(active) ?? candidateOf(room, active)
      room.known.set(active, known)
      return known
    })
  }
}

function candidateOf({ cluster, slots }: Room, active: boolean): Candidate {
  const { id, name, labels, facts, cordoned, removing } = cluster
  return {
    id,
    name,
    active,
    slots: slots.map(({ slot }) => slot),
    ...((cordoned || removing) && { cordoned: true }),
    ...(labels && { labels }),
    areas: areasOf(cluster),
    ...(facts?.coordinates && { coordinates: facts.coordinates }),
    ...(facts?.nodeNames && { nodeNames: facts.nodeNames }),
  }
}

/** Where a cluster is: where its nodes say they are, or else where its own configuration says that it is. */
export function areasOf({ location, facts }: Pick<Cluster, 'location' | 'facts'>): readonly GeoArea[] {
  if (facts?.areas && facts.areas.length > 0) return facts.areas
  const own = parseGeoArea(location)
  return own ? [own] : []
}

/** Everything beside room that constraints may ask for, as text to compare. */
function wordsOf({ name, location, cordoned, removing, labels, facts }: Cluster): string {
  // With another fault in a node, what is refused for it has another reason.
  const faults = Object.assign({}, ...(facts?.slots ?? []).map((slot) => slot.faults))
  return JSON.stringify([name, location, cordoned, removing, labels, facts?.areas, facts?.coordinates, facts?.nodeNames, faults])
}
