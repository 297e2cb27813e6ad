import type { InstanceAddresses, InstanceSpec } from '@oakestra/model'
import type { Collection, Reader } from '@oakestra/store'
import type { AddServiceOrder } from '@oakestra/wire'

/**
 * What was changed at this cluster by its own API. It takes effect at once, and is kept until root's document says the same. Decision
 * 10, "Changes at a cluster without root".
 */
export type LocalOrder = ServiceOrder | InstanceOrder | RemovalOrder

interface OrderBase {
  /** Of what adds a service or an instance: the id that this has. */
  readonly id: string
  readonly serviceId: string
  readonly createdAtMs: number
  /** Who asked for it, as far as that is known. */
  readonly actor: string
  /** Set before root is told for the first time: from then on root may know of it, whatever becomes of the answer. */
  readonly told?: true
  /** The document of root that knows of it. */
  readonly taken?: { readonly epoch: string; readonly generation: number }
  /** Why root did not take it. */
  readonly refusal?: Refusal
}

export interface Refusal {
  readonly reason: string
  readonly atMs: number
  /** Root removed what it is about: it has no effect any more. */
  readonly isOver: boolean
}

export interface ServiceOrder extends OrderBase {
  readonly kind: 'add-service'
  readonly body: {
    readonly application: AddServiceOrder['body']['application']
    readonly jobName: string
    /** The service's entry of the deployment document, word for word. */
    readonly document: Readonly<Record<string, unknown>>
    readonly addresses: InstanceAddresses
    /** Numbers below it were given to its instances. */
    readonly nextInstanceNumber: number
  }
  /** Everything of it was undeployed before root heard of it: it is forgotten with its last instance. */
  readonly ending?: true
}

export interface InstanceOrder extends OrderBase {
  readonly kind: 'add-instance'
  readonly body: InstanceSpec
}

export interface RemovalOrder extends OrderBase {
  readonly kind: 'remove-instance'
  readonly jobName: string
  readonly body: { readonly instanceId: string; readonly number: number }
}

export const orders: Collection<LocalOrder> = {
  name: 'orders',
  key: ({ id }) => id,
  indexes: { serviceId: ({ serviceId }) => serviceId },
}

/** Pointers that outlive a restart. */
export const localFacts: Collection<{ readonly key: string; readonly value: string }> = { name: 'local_facts', key: ({ key }) => key }

const REMOVAL = 'remove/'

/** There is one removal of an instance, however often it is asked for. */
export function removalId(instanceId: string): string {
  return `${REMOVAL}${instanceId}`
}

/** The instance, or the service, that an order is about. */
export function subjectOf(orderId: string): string {
  return orderId.startsWith(REMOVAL) ? orderId.slice(REMOVAL.length) : orderId
}

export async function instanceOrder(reader: Reader, id: string): Promise<InstanceOrder | undefined> {
  const order = await reader.get(orders, id)
  return order?.kind === 'add-instance' ? order : undefined
}

export async function serviceOrder(reader: Reader, id: string): Promise<ServiceOrder | undefined> {
  const order = await reader.get(orders, id)
  return order?.kind === 'add-service' ? order : undefined
}

/** True for an order that has an effect. */
export function isInForce({ refusal }: LocalOrder): boolean {
  return refusal?.isOver !== true
}
