import type { DesiredInstance, InstanceSpec, Service } from '@oakestra/model'
import { REPLICAS_MAX } from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import { specBelow } from '../placement/instance-spec.ts'
import { withPlacesOf } from '../placement/places.ts'
import { instances, services } from '../state/collections.ts'
import { LOCAL_NUMBERS_FROM } from '../state/local-numbers.ts'
import type { OperationContext } from '../state/operations-context.ts'
import { instancesOf } from '../state/operations-ownership.ts'
import { descriptorAt } from '../state/revisions.ts'
import { claimInstanceAddresses } from './claim-held.ts'
import type { UnknownDeps } from './unknown-deps.ts'

export interface Restoring {
  readonly service: Service
  readonly spec: InstanceSpec
  readonly clusterId: string
  readonly operation: OperationContext
  /** Those that its service has, where they are known already; it is added to them. Reading them for each of a thousand takes long. */
  readonly siblings?: DesiredInstance[]
  /** Gives it another number when another instance has its own; otherwise it is not restored then. */
  readonly anyNumber?: boolean
}

/**
 * Writes down an instance that runs and whose service is known, as it is: same id, number, addresses, cluster, term and revision. Raises
 * the count where one is declared, or one would end for being too many.
 * @returns false when it cannot be one of this service's
 */
export async function restoreInstance(writer: Writer, deps: UnknownDeps, restoring: Restoring): Promise<boolean> {
  const { service, spec, clusterId, operation } = restoring
  const others = restoring.siblings ?? (await instancesOf(writer, service.id))
  const isTaken = others.some(({ number }) => number === spec.number)
  const wanted = others.filter(({ removing }) => !removing).length + 1
  if (service.removing || (isTaken && !restoring.anyNumber)) return false
  if (service.replicas !== undefined && wanted > REPLICAS_MAX) return false
  const number = isTaken ? service.nextInstanceNumber : spec.number
  const plain: DesiredInstance = {
    id: spec.instanceId,
    serviceId: service.id,
    number,
    addresses: await claimInstanceAddresses(writer, spec, operation),
    createdAtMs: operation.nowMs,
    clusterId,
    ...(spec.term > 0 && { term: spec.term }),
    ...(spec.restartsAsked && { restart: { asked: spec.restartsAsked } }),
    // What was changed since the backup is as in the backup again: decision 2.
    revision: descriptorAt(service, spec.revision) ? spec.revision : service.revision,
    removing: false,
  }
  const instance = withPlacesOf(service, plain, spec)
  restoring.siblings?.push(instance)
  deps.stage(instance)
  await writer.put(instances, instance)
  await writer.put(services, {
    ...service,
    nextInstanceNumber: nextNumber(service.nextInstanceNumber, number),
    ...(service.replicas !== undefined && { replicas: Math.max(service.replicas, wanted) }),
  })
  await deps.outbox.put(writer, clusterId, { id: instance.id, kind: 'instance', body: specBelow(service, instance) })
  return true
}

/** Numbers that clusters give are from ranges of their own. */
export function nextNumber(next: number, used: number): number {
  return used < LOCAL_NUMBERS_FROM ? Math.max(next, used + 1) : next
}
