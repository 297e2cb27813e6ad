import { OakError } from '@oakestra/base'
import type { Application, DesiredInstance, Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { type Actor, isAdmin } from '../accounts/actor.ts'
import { applications, instances, services } from './collections.ts'

/*
 * Everything that belongs to a user is found through these: the owner, and Admins, see it;
 * for everybody else it does not exist (`reference/orchestration.md` 2.3).
 */

/** @throws OakError `not-found` */
export async function ownApplication(reader: Reader, actor: Actor, id: string): Promise<Application> {
  const application = await reader.get(applications, id)
  if (!application || !isOwner(actor, application)) throw new OakError('not-found', `there is no application ${quote(id)}`)
  return application
}

/** @throws OakError `not-found`, also while the service is being removed */
export async function ownService(reader: Reader, actor: Actor, id: string): Promise<Service> {
  const service = await reader.get(services, id)
  const application = service && (await reader.get(applications, service.applicationId))
  if (!application || service.removing || !isOwner(actor, application)) throw new OakError('not-found', `there is no service ${quote(id)}`)
  return service
}

/** @throws OakError `not-found` */
export async function ownInstance(
  reader: Reader,
  actor: Actor,
  serviceId: string,
  number: number,
): Promise<{ service: Service; instance: DesiredInstance }> {
  const service = await ownService(reader, actor, serviceId)
  const instance = (await instancesOf(reader, serviceId)).find((candidate) => candidate.number === number)
  if (!instance) throw new OakError('not-found', `service ${service.descriptor.name} has no instance ${number}`)
  return { service, instance }
}

/** Every application the actor owns, or all of them when `everybody` is asked for by an Admin. */
export async function applicationsOf(reader: Reader, actor: Actor, scope: 'own' | 'everybody' = 'own'): Promise<readonly Application[]> {
  if (scope === 'everybody' && isAdmin(actor)) return reader.list(applications)
  return reader.list(applications, { index: 'owner', equals: actor.name })
}

/** Services of an application that are not being removed, in the order of their making. */
export async function servicesOf(reader: Reader, applicationId: string): Promise<readonly Service[]> {
  const all = await reader.list(services, { index: 'applicationId', equals: applicationId })
  return all.filter((service) => !service.removing).toSorted((a, b) => a.createdAtMs - b.createdAtMs)
}

/** All instances of a service, those being removed included, by number. */
export async function instancesOf(reader: Reader, serviceId: string): Promise<readonly DesiredInstance[]> {
  const all = await reader.list(instances, { index: 'serviceId', equals: serviceId })
  return all.toSorted((a, b) => a.number - b.number)
}

function isOwner(actor: Actor, application: Application): boolean {
  return isAdmin(actor) || application.owner === actor.name
}

/** Ids come from outside: shortened, so that an answer does not repeat a megabyte. */
function quote(id: string): string {
  return JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}…` : id)
}
