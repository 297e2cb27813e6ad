import type { Cluster, InstanceSpec, Slot } from '@oakestra/model'
import { type Candidate, reserve } from '@oakestra/scheduler'

/** A placement that the cluster's own numbers do not contain yet. */
interface Pending {
  readonly generation: number
  readonly slotIndex: number
  readonly resources: InstanceSpec['resources']
}

interface Room {
  readonly cluster: Cluster
  /** What the cluster said, less what was placed since. */
  slots: Slot[]
  pending: Pending[]
}

/**
 * The clusters as candidates, kept in memory: their last facts, and what root promised since those were gathered.
 * After a restart of root nothing is pending; a cluster that was given too much says so, and the instance is told why.
 */
export class ClusterRoom {
  readonly #rooms = new Map<string, Room>()

  /** Takes in what is known of a cluster, at start and whenever it tells. */
  note(cluster: Cluster): void {
    const asOf = cluster.facts?.asOfGeneration ?? 0
    const pending = (this.#rooms.get(cluster.id)?.pending ?? []).filter(({ generation }) => generation > asOf)
    const slots = [...(cluster.facts?.slots ?? [])]
    for (const { slotIndex, resources } of pending) {
      // The list may have changed its order; the largest slot is the one the scheduler would have taken from.
      const index = slotIndex < slots.length ? slotIndex : 0
      const slot = slots[index]
      if (slot) slots[index] = reserve(slot, { resources })
    }
    this.#rooms.set(cluster.id, { cluster, slots, pending })
  }

  forget(clusterId: string): void {
    this.#rooms.delete(clusterId)
  }

  /** @param generation of the cluster's document that carries the placement */
  promise(clusterId: string, placed: Pending): void {
    const room = this.#rooms.get(clusterId)
    const slot = room?.slots[placed.slotIndex]
    if (!room || !slot) return
    room.slots[placed.slotIndex] = reserve(slot, placed)
    room.pending.push(placed)
  }

  /** Nodes that clusters last said are ready for work. */
  activeNodes(): number {
    return [...this.#rooms.values()].reduce((sum, { cluster }) => sum + (cluster.facts?.activeNodes ?? 0), 0)
  }

  candidates(connected: ReadonlySet<string>): readonly Candidate[] {
    return [...this.#rooms.values()].map(({ cluster, slots }) => ({
      id: cluster.id,
      name: cluster.name,
      active: connected.has(cluster.id),
      slots,
    }))
  }
}
