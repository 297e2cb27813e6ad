import { OakError } from '@oakestra/base'
import type { DesiredInstance, Service } from '@oakestra/model'
import type { Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { releaseAddresses } from '../addresses/allocate.ts'
import { allocateInstanceAddresses } from '../addresses/service-addresses.ts'
import { instances, reports, services } from './collections.ts'
import type { OperationContext } from './operations-context.ts'
import { instancesOf, ownService } from './operations-ownership.ts'
import { dropService } from './operations-services.ts'

/**
 * Asks for one more instance of a service. `reference/orchestration.md` 5.8.
 * @throws OakError `not-found`, `resource-exhausted`
 */
export async function addInstance(writer: Writer, actor: Actor, serviceId: string, context: OperationContext): Promise<DesiredInstance> {
  const service = await ownService(writer, actor, serviceId)
  const id = context.ids.next()
  const instance: DesiredInstance = {
    id,
    serviceId,
    number: service.nextInstanceNumber,
    addresses: await allocateInstanceAddresses(writer, id, context),
    createdAtMs: context.nowMs,
    removing: false,
  }
  await writer.put(instances, instance)
  await writer.put(services, { ...service, nextInstanceNumber: service.nextInstanceNumber + 1 })
  return instance
}

/**
 * Asks for the end of one instance, or of all when `number` is -1. Asking again is no error.
 * @throws OakError `not-found` unknown service, or a number that no instance ever had
 */
export async function removeInstance(writer: Writer, actor: Actor, serviceId: string, number: number): Promise<void> {
  const service = await ownService(writer, actor, serviceId)
  refuseUnknownNumber(service, number)
  for (const instance of await instancesOf(writer, serviceId)) {
    if (instance.removing || (number !== -1 && instance.number !== number)) continue
    await writer.put(instances, { ...instance, removing: true })
  }
}

function refuseUnknownNumber(service: Service, number: number): void {
  if (number === -1 || (number >= 0 && number < service.nextInstanceNumber)) return
  throw new OakError('not-found', `service ${service.descriptor.name} never had an instance ${number}`)
}

/**
 * Forgets an instance of which nothing is left on any machine: record, report and addresses; and its service, when that
 * is being removed and this was its last one. Forgetting twice is no error.
 */
export async function forgetInstance(writer: Writer, instanceId: string, nowMs: number): Promise<void> {
  const instance = await writer.get(instances, instanceId)
  await writer.remove(reports, instanceId)
  if (!instance) return
  await releaseAddresses(writer, instanceId, nowMs)
  await writer.remove(instances, instanceId)
  await collectService(writer, instance.serviceId, nowMs)
}

/** Removes a service that is being removed and has no instance any more; leaves every other. */
export async function collectService(writer: Writer, serviceId: string, nowMs: number): Promise<void> {
  const service = await writer.get(services, serviceId)
  if (!service?.removing) return
  const remaining = await writer.count(instances, { index: 'serviceId', equals: serviceId })
  if (remaining === 0) await dropService(writer, serviceId, nowMs)
}
