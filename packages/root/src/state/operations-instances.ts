import { OakError } from '@oakestra/base'
import type { DesiredInstance, Service } from '@oakestra/model'
import { REPLICAS_MAX } from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { releaseAddresses } from '../addresses/allocate.ts'
import { allocateInstanceAddresses } from '../addresses/service-addresses.ts'
import { unclaimed } from '../unclaimed/unclaimed-instance.ts'
import { instances, reports, services } from './collections.ts'
import { LOCAL_NUMBERS_FROM } from './local-numbers.ts'
import type { OperationContext } from './operations-context.ts'
import { instancesNumbered, instancesOf, ownService } from './operations-ownership.ts'
import { dropService } from './operations-services.ts'

/**
 * Asks for one more instance of a service, and raises the count where one is declared. `reference/orchestration.md` 5.8.
 * @throws OakError `not-found`, `resource-exhausted`; `limit-exceeded` when the count may not be raised
 */
export async function addInstance(writer: Writer, actor: Actor, serviceId: string, context: OperationContext): Promise<DesiredInstance> {
  const service = await ownService(writer, actor, serviceId)
  const { nextInstanceNumber, replicas } = service
  if (replicas === REPLICAS_MAX) throw new OakError('limit-exceeded', `a service has at most ${REPLICAS_MAX} declared instances`)
  const instance = await createInstance(writer, service, nextInstanceNumber, context)
  const counts = { nextInstanceNumber: nextInstanceNumber + 1, ...(replicas !== undefined && { replicas: replicas + 1 }) }
  await writer.put(services, { ...service, ...counts })
  return instance
}

/**
 * Stores one more instance, of the service's newest revision. That its number is used is for the caller to store.
 * @throws OakError `resource-exhausted` when no address is free; nothing of the instance is stored then
 */
export async function createInstance(
  writer: Writer,
  service: Service,
  number: number,
  context: OperationContext,
): Promise<DesiredInstance> {
  const id = context.ids.next()
  const instance: DesiredInstance = {
    id,
    serviceId: service.id,
    number,
    addresses: await allocateInstanceAddresses(writer, id, context),
    createdAtMs: context.nowMs,
    revision: service.revision,
    removing: false,
  }
  await writer.put(instances, instance)
  return instance
}

/**
 * Asks for the end of one instance, or of all when `number` is -1, and lowers the count where one is declared.
 * Asking again is no error.
 * @throws OakError `not-found` unknown service, or a number that no instance ever had
 */
export async function removeInstance(writer: Writer, actor: Actor, serviceId: string, number: number): Promise<void> {
  const service = await ownService(writer, actor, serviceId)
  refuseUnknownNumber(service, number)
  let removed = 0
  for (const instance of await (number === -1 ? instancesOf(writer, serviceId) : instancesNumbered(writer, serviceId, number))) {
    if (instance.removing) continue
    await writer.put(instances, { ...instance, removing: true })
    removed += 1
  }
  if (service.replicas === undefined) return
  const replicas = number === -1 ? 0 : Math.max(0, service.replicas - removed)
  await writer.put(services, { ...service, replicas })
}

function refuseUnknownNumber(service: Service, number: number): void {
  if (number === -1 || (number >= 0 && number < service.nextInstanceNumber) || number >= LOCAL_NUMBERS_FROM) return
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

/**
 * Removes a service that is being removed, or that was never known here, when it has no instance any more; leaves every other.
 */
export async function collectService(writer: Writer, serviceId: string, nowMs: number): Promise<void> {
  const service = await writer.get(services, serviceId)
  if (service && !service.removing) return
  const query = { index: 'serviceId', equals: serviceId }
  const remaining = (await writer.count(instances, query)) + (await writer.count(unclaimed, query))
  if (remaining === 0) await dropService(writer, serviceId, nowMs)
}
