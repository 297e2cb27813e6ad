import type { Collection, Writer } from '@oakestra/store'

/**
 * That root took an order by which something came to be, kept for as long as the cluster may tell it again: what was removed since
 * must not come back by it.
 */
export interface TakenOrder {
  readonly id: string
  readonly clusterId: string
}

export const takenOrders: Collection<TakenOrder> = {
  name: 'taken_orders',
  key: ({ id }) => id,
  indexes: { clusterId: ({ clusterId }) => clusterId },
}

/** Forgets the orders of a cluster, but those that it still holds. */
export async function forgetTaken(writer: Writer, clusterId: string, holds: ReadonlySet<string> = new Set()): Promise<void> {
  for (const { id } of await writer.list(takenOrders, { index: 'clusterId', equals: clusterId })) {
    if (!holds.has(id)) await writer.remove(takenOrders, id)
  }
}
