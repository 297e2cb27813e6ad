import type { ObservedInstance } from '@oakestra/model'
import type { KnownInstance, KnownService } from './known-services.ts'
import { type LocalOrder, subjectOf } from './orders.ts'

/** A service as the cluster's API shows it. */
export interface ServiceView {
  readonly id: string
  /** `application.namespace.service.namespace` */
  readonly name: string
  /** `root`: root's document has it · `here`: it was made at this cluster and root does not know it yet. */
  readonly from: 'root' | 'here'
  readonly instances: readonly InstanceView[]
  readonly service_addresses: readonly { readonly policy: string; readonly v4?: string; readonly v6?: string }[]
  /** Set when it was made here: what root says to that. */
  readonly order?: OrderStanding
}

/** `waiting` root has not heard of it · `taken` root has, and its document is on its way · `refused` · `over` root removed it. */
export type OrderStanding = 'waiting' | 'taken' | 'refused' | 'over'

export interface InstanceView {
  readonly id: string
  readonly number: number
  /** `creating`, `running` and so on; `ending` for what was removed and is not gone, `unplaced` without a node. */
  readonly state: string
  readonly detail: string
  readonly node_id?: string
  readonly node?: string
  readonly host_address?: string
  readonly addresses: { readonly v4: string; readonly v6: string }
  readonly revision: number
  readonly from: 'root' | 'here'
  /** What was ordered here about it. */
  readonly added?: OrderStanding
  readonly removed?: OrderStanding
}

export interface OrderView {
  readonly id: string
  readonly kind: LocalOrder['kind']
  readonly service_id: string
  readonly name: string
  /** The instance's number; absent for a service. */
  readonly number?: number
  readonly instance_id?: string
  readonly created_at: string
  readonly actor: string
  readonly standing: OrderStanding
  /** Why root did not take it. */
  readonly reason?: string
}

export function serviceView(service: KnownService, observed: ReadonlyMap<string, ObservedInstance>): ServiceView {
  const { id, jobName, order, instances } = service
  const roundRobin = order && [{ policy: 'round-robin', ...order.body.addresses }]
  return {
    id,
    name: jobName,
    from: instances.some(({ isRoots }) => isRoots) || order?.taken ? 'root' : order ? 'here' : 'root',
    instances: instances.map((instance) => instanceView(instance, observed.get(instance.id))),
    service_addresses: instances[0]?.spec.serviceAddresses ?? roundRobin ?? [],
    ...(order && { order: standingOf(order) }),
  }
}

function instanceView(
  { id, number, spec, isWanted, isRoots, added, removed }: KnownInstance,
  seen: ObservedInstance | undefined,
): InstanceView {
  const { nodeId, nodeName, hostAddress } = seen ?? {}
  return {
    id,
    number,
    state: isWanted ? (seen?.state ?? 'unplaced') : seen ? 'ending' : 'gone',
    detail: seen?.detail ?? '',
    addresses: spec.addresses,
    revision: spec.revision,
    from: isRoots ? 'root' : 'here',
    ...(nodeId !== undefined && { node_id: nodeId }),
    ...(nodeName !== undefined && { node: nodeName }),
    ...(hostAddress !== undefined && { host_address: hostAddress }),
    ...(added && { added: standingOf(added) }),
    ...(removed && { removed: standingOf(removed) }),
  }
}

export function orderView(order: LocalOrder): OrderView {
  const { id, kind, serviceId, createdAtMs, actor, refusal } = order
  const instance = order.kind === 'add-service' ? {} : { instance_id: subjectOf(id), number: order.body.number }
  return {
    id,
    kind,
    service_id: serviceId,
    name: order.kind === 'remove-instance' ? order.jobName : order.body.jobName,
    ...instance,
    created_at: new Date(createdAtMs).toISOString(),
    actor,
    standing: standingOf(order),
    ...(refusal && { reason: refusal.reason }),
  }
}

function standingOf({ taken, refusal }: LocalOrder): OrderStanding {
  if (taken) return 'taken'
  if (!refusal) return 'waiting'
  return refusal.isOver ? 'over' : 'refused'
}
