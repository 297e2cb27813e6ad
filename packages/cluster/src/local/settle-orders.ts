import type { ClusterOrder, DocumentHead } from '@oakestra/wire'
import { type LocalOrder, removalId } from './orders.ts'

/** What root has no use for stays visible for a day. */
const OVER_SHOWN_MS = 24 * 3_600_000

export interface OrderFacts {
  readonly orders: readonly LocalOrder[]
  /** The document of root that this cluster holds; absent when it never had one. */
  readonly head: Pick<DocumentHead, 'epoch' | 'generation'> | undefined
  /** Instances of which this cluster or one of its nodes still has something. */
  readonly isHere: (instanceId: string) => boolean
  readonly nowMs: number
}

/**
 * The orders that need not be kept any longer: root's document says the same, or root never heard of what is gone again, or root
 * refused it long ago.
 */
export function ordersToForget({ orders, head, isHere, nowMs }: OrderFacts): ReadonlySet<string> {
  const byId = new Map(orders.map((order) => [order.id, order]))
  const over = new Set(orders.filter((order) => isConfirmed(order, head) || isPast(order, isHere, nowMs)).map(({ id }) => id))
  for (const order of orders) {
    const removal = order.kind === 'add-instance' ? byId.get(removalId(order.id)) : undefined
    if (!removal || isHere(order.id) || !isUnknownToRoot(order)) continue
    over.add(order.id)
    over.add(removal.id)
  }
  const busy = new Set(orders.filter(({ id, kind }) => kind !== 'add-service' && !over.has(id)).map(({ serviceId }) => serviceId))
  for (const order of orders) if (order.kind === 'add-service' && order.ending && !order.told && !busy.has(order.id)) over.add(order.id)
  return over
}

function isConfirmed({ taken }: LocalOrder, head: OrderFacts['head']): boolean {
  return taken !== undefined && head !== undefined && head.epoch === taken.epoch && head.generation >= taken.generation
}

/** Root was never told, or said that it does not take it. */
function isUnknownToRoot({ told, taken, refusal }: LocalOrder): boolean {
  return !told || (!taken && refusal !== undefined)
}

function isPast({ id, refusal }: LocalOrder, isHere: OrderFacts['isHere'], nowMs: number): boolean {
  return refusal?.isOver === true && refusal.atMs + OVER_SHOWN_MS < nowMs && !isHere(id)
}

/**
 * The orders that root is to be told, in an order in which it can take them: services before their instances before removals.
 * @param isDone refused a short while ago: root does not change its mind between two breaths
 */
export function ordersToTell(orders: readonly LocalOrder[], isDone: (id: string) => boolean): readonly LocalOrder[] {
  const open = orders.filter(({ id, taken, refusal }) => !taken && !refusal?.isOver && !isDone(id))
  // Without its service, an instance says nothing to root.
  const isWaitedFor = new Set(orders.filter(({ id, kind }) => kind === 'add-service' && isDone(id)).map(({ id }) => id))
  const tellable = open.filter(({ kind, serviceId }) => kind !== 'add-instance' || !isWaitedFor.has(serviceId))
  return tellable.toSorted((one, other) => RANK[one.kind] - RANK[other.kind] || one.createdAtMs - other.createdAtMs)
}

const RANK: Readonly<Record<LocalOrder['kind'], number>> = { 'add-service': 0, 'add-instance': 1, 'remove-instance': 2 }

/** An order in the words of the session. */
export function wireOrder(order: LocalOrder): ClusterOrder {
  const { id, createdAtMs, actor } = order
  const base = { id, createdAtMs, actor }
  switch (order.kind) {
    case 'add-service': {
      const { application, document, addresses, nextInstanceNumber } = order.body
      return { ...base, kind: order.kind, body: { application, document, addresses, nextInstanceNumber } }
    }
    case 'add-instance': {
      const { serviceId, number, revision, addresses } = order.body
      return { ...base, kind: order.kind, body: { serviceId, number, revision, addresses } }
    }
    case 'remove-instance':
      return { ...base, kind: order.kind, body: { instanceId: order.body.instanceId } }
  }
}
