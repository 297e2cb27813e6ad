import { OakError } from '@oakestra/base'
import type { Application, Service } from '@oakestra/model'
import type { ServiceDescriptor, Sla } from '@oakestra/sla'
import type { Reader, Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { releaseAddresses } from '../addresses/allocate.ts'
import { allocateServiceAddresses } from '../addresses/service-addresses.ts'
import { instances, services } from './collections.ts'
import type { OperationContext } from './operations-context.ts'
import { instancesOf, ownApplication, ownService } from './operations-ownership.ts'
import { MOMENT_MAX, nameKey, timeKey } from './order-keys.ts'
import { refuseTakenPorts } from './published-ports.ts'

/**
 * Adds the services of a document to the applications it names by id: all of them, or none.
 * @throws OakError `bad-request` an entry names no application; `not-found`, `conflict`, `forbidden`, `resource-exhausted`
 */
export async function addServices(writer: Writer, actor: Actor, sla: Sla, context: OperationContext): Promise<readonly Service[]> {
  const added: Service[] = []
  for (const [index, entry] of sla.applications.entries()) {
    if (!entry.applicationId) throw new OakError('bad-request', `applications[${index}].applicationID must name the application to add to`)
    const application = await ownApplication(writer, actor, entry.applicationId)
    for (const descriptor of entry.services) added.push(await addService(writer, actor, application, descriptor, context))
  }
  return added
}

/** Adds one service to an application that the actor is known to own. */
export async function addService(
  writer: Writer,
  actor: Actor,
  application: Application,
  descriptor: ServiceDescriptor,
  context: OperationContext,
): Promise<Service> {
  refusePrivileged(actor, descriptor)
  await refuseTakenName(writer, application, descriptor)
  const id = context.ids.next()
  const service: Service = {
    id,
    applicationId: application.id,
    applicationName: application.name,
    applicationNamespace: application.namespace,
    descriptor,
    revision: 1,
    nextInstanceNumber: 0,
    addresses: await allocateServiceAddresses(writer, id, descriptor.addresses, context),
    createdAtMs: await nextMoment(writer, application.id, context.nowMs),
    removing: false,
    // Closed until it is worked out whom it admits.
    ...(application.isolated && { admits: [] }),
    ...(descriptor.replicas !== undefined && { replicas: descriptor.replicas }),
  }
  await refuseTakenPorts(writer, service)
  await writer.put(services, service)
  return service
}

/** A privileged container can reach the machine under it, so it needs a role that may. */
export function refusePrivileged(actor: Actor, descriptor: ServiceDescriptor): void {
  if (!descriptor.privileged || actor.roles.includes('Admin') || actor.roles.includes('Infrastructure_Provider')) return
  throw new OakError('forbidden', `service ${descriptor.name} is privileged, which needs the role Admin or Infrastructure_Provider`)
}

/** Services of one document come at the same moment, and are to be told in its order. */
async function nextMoment(reader: Reader, applicationId: string, nowMs: number): Promise<number> {
  const since = { index: 'madeInApplication', greaterThan: timeKey(applicationId, nowMs), lessThan: timeKey(applicationId, MOMENT_MAX) }
  const recent = await reader.list(services, since)
  return Math.max(nowMs, ...recent.map(({ createdAtMs }) => createdAtMs + 1))
}

async function refuseTakenName(reader: Reader, application: Application, { name, namespace }: ServiceDescriptor): Promise<void> {
  const named = await reader.list(services, { index: 'nameInApplication', equals: nameKey(application.id, namespace, name) })
  // One that is being removed has given its name away.
  if (named.some(({ removing }) => !removing))
    throw new OakError('conflict', `application ${application.name} already has a service ${name} in namespace ${namespace}`)
}

/**
 * Deletes a service for its users; it lives on hidden until its last instance has left every machine.
 * @throws OakError `not-found`
 */
export async function deleteService(writer: Writer, actor: Actor, id: string, nowMs: number): Promise<void> {
  await deleteServiceOf(writer, await ownService(writer, actor, id), nowMs)
}

export async function deleteServiceOf(writer: Writer, service: Service, nowMs: number): Promise<void> {
  const remaining = await instancesOf(writer, service.id)
  if (remaining.length === 0) return dropService(writer, service.id, nowMs)
  for (const instance of remaining) {
    if (!instance.removing) await writer.put(instances, { ...instance, removing: true })
  }
  await writer.put(services, { ...service, removing: true })
}

/** Removes a service that has no instances, and gives its addresses back. */
export async function dropService(writer: Writer, serviceId: string, nowMs: number): Promise<void> {
  await releaseAddresses(writer, serviceId, nowMs)
  await writer.remove(services, serviceId)
}
