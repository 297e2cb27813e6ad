import type { DesiredInstance, InstanceAddresses, Service } from '@oakestra/model'
import { REPLICAS_MAX } from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import type { AddInstanceOrder } from '@oakestra/wire'
import { allocateInstanceAddresses } from '../addresses/service-addresses.ts'
import { specBelow } from '../placement/instance-spec.ts'
import { instances, services } from '../state/collections.ts'
import { instancesOf } from '../state/operations-ownership.ts'
import { descriptorAt } from '../state/revisions.ts'
import { isClaimedBy } from '../unclaimed/claim-held.ts'
import { unclaimed } from '../unclaimed/unclaimed-instance.ts'
import type { Adoption, Verdict } from './adoption.ts'
import { takeFromStock } from './stock.ts'
import { takenOrders } from './taken-orders.ts'

/**
 * Takes over an instance that was started at a cluster, as it is and where it is: same id, number, addresses and revision, so that the
 * node sees no other process in what root wants. Raises the count where one is declared, or it would be one too many.
 */
export async function adoptInstance(writer: Writer, order: AddInstanceOrder, adoption: Adoption): Promise<Verdict> {
  if (await writer.get(instances, order.id)) return { outcome: 'taken' }
  // Taken before, and removed at root since.
  if (await writer.get(takenOrders, order.id)) return { outcome: 'taken' }
  const service = await writer.get(services, order.body.serviceId)
  if (!service || service.removing) return { outcome: 'gone', reason: 'root has no such service any more' }
  if (service.replicas === REPLICAS_MAX) {
    return { outcome: 'refused', reason: `a service has at most ${REPLICAS_MAX} declared instances` }
  }
  const { number, nextInstanceNumber } = await numberFor(writer, service, order.body.number)
  const instance: DesiredInstance = {
    id: order.id,
    serviceId: service.id,
    number,
    addresses: await addressesOf(writer, order, adoption),
    createdAtMs: order.createdAtMs,
    clusterId: adoption.clusterId,
    revision: revisionFor(service, order.body.revision),
    removing: false,
  }
  const replicas = service.replicas === undefined ? {} : { replicas: service.replicas + 1 }
  adoption.stage(instance)
  await writer.put(instances, instance)
  await writer.remove(unclaimed, instance.id)
  await writer.put(services, { ...service, nextInstanceNumber, ...replicas })
  await writer.put(takenOrders, { id: order.id, clusterId: adoption.clusterId })
  await adoption.outbox.put(writer, adoption.clusterId, { id: order.id, kind: 'instance', body: specBelow(service, instance) })
  return { outcome: 'taken' }
}

async function addressesOf(writer: Writer, { id, body }: AddInstanceOrder, adoption: Adoption): Promise<InstanceAddresses> {
  if (await isClaimedBy(writer, body.addresses, id)) return body.addresses
  if (await takeFromStock(writer, adoption.clusterId, 'instances', body.addresses, id)) return body.addresses
  // Root or the cluster has a store from the past: two instances must not have the same address.
  return allocateInstanceAddresses(writer, id, adoption.operation)
}

/** Its own, unless root gave that number to another one: numbers below the ranges of clusters come with services that are new to root. */
async function numberFor(
  writer: Writer,
  { id, nextInstanceNumber }: Service,
  wanted: number,
): Promise<Pick<DesiredInstance, 'number'> & Pick<Service, 'nextInstanceNumber'>> {
  const isTaken = (await instancesOf(writer, id)).some(({ number }) => number === wanted)
  return isTaken ? { number: nextInstanceNumber, nextInstanceNumber: nextInstanceNumber + 1 } : { number: wanted, nextInstanceNumber }
}

/** An update that goes on brings it to the newest revision in its turn; one that is over would leave it behind. */
function revisionFor(service: Service, wanted: number): number {
  const state = service.rollout?.state
  const isWaitedFor = state === 'rolling' || state === 'failed'
  return isWaitedFor && descriptorAt(service, wanted) ? wanted : service.revision
}
