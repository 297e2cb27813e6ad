import { OakError } from '@oakestra/base'
import type { Application, DesiredInstance, Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { type Actor, isAdmin, runsApplications } from '../accounts/actor.ts'
import { accessTo } from './application-access.ts'
import { applications, instances, services } from './collections.ts'
import { numberKey } from './order-keys.ts'

/*
 * Everything that belongs to a user is found through these. For whoever may not even see it, it does not exist
 * (`reference/orchestration.md` 2.3). They ask for the right to change unless told that reading is all.
 */

/** What is about to be done. */
export type Purpose = 'read' | 'change'

/** @throws OakError `not-found`; `forbidden` it may be seen, not changed */
export async function ownApplication(reader: Reader, actor: Actor, id: string, purpose: Purpose = 'change'): Promise<Application> {
  const application = await reader.get(applications, id)
  const access = application ? await accessTo(reader, actor, application) : 'none'
  if (!application || access === 'none') throw new OakError('not-found', `there is no application ${quote(id)}`)
  if (access === 'read' && purpose === 'change') throw readOnly(`application ${application.name}`)
  return application
}

/** @throws OakError `not-found`, also while the service is being removed; `forbidden` it may be seen, not changed */
export async function ownService(reader: Reader, actor: Actor, id: string, purpose: Purpose = 'change'): Promise<Service> {
  const service = await reader.get(services, id)
  const application = service && (await reader.get(applications, service.applicationId))
  const access = application ? await accessTo(reader, actor, application) : 'none'
  if (!service || service.removing || access === 'none') throw new OakError('not-found', `there is no service ${quote(id)}`)
  if (access === 'read' && purpose === 'change') throw readOnly(`service ${service.descriptor.name}`)
  return service
}

function readOnly(what: string): OakError {
  return new OakError('forbidden', `you may see ${what}, but not change it: that takes its owner, or an Organization_Admin`)
}

/** @throws OakError `not-found`; `forbidden` it may be seen, not changed */
export async function ownInstance(
  reader: Reader,
  actor: Actor,
  serviceId: string,
  number: number,
  purpose: Purpose = 'change',
): Promise<{ service: Service; instance: DesiredInstance }> {
  const service = await ownService(reader, actor, serviceId, purpose)
  const [instance] = await instancesNumbered(reader, serviceId, number)
  if (!instance) throw new OakError('not-found', `service ${service.descriptor.name} has no instance ${number}`)
  return { service, instance }
}

/** Every application the actor owns, or every one the actor may see. */
export async function applicationsOf(reader: Reader, actor: Actor, scope: 'own' | 'visible' = 'own'): Promise<readonly Application[]> {
  if (scope === 'visible' && isAdmin(actor)) return reader.list(applications)
  const own = await reader.list(applications, { index: 'owner', equals: actor.name })
  const shared =
    scope === 'visible' && runsApplications(actor)
      ? await reader.list(applications, { index: 'organizationId', equals: actor.organizationId })
      : []
  const reachable: Application[] = []
  for (const application of own) if ((await accessTo(reader, actor, application)) !== 'none') reachable.push(application)
  return [...reachable, ...shared.filter(({ owner }) => owner !== actor.name)]
}

/** Services of an application that are not being removed, in the order of their making. */
export async function servicesOf(reader: Reader, applicationId: string): Promise<readonly Service[]> {
  const all = await reader.list(services, { index: 'applicationId', equals: applicationId })
  return all.filter((service) => !service.removing).toSorted((a, b) => a.createdAtMs - b.createdAtMs)
}

/** The instance of a number, or none. */
export function instancesNumbered(reader: Reader, serviceId: string, number: number): Promise<readonly DesiredInstance[]> {
  return reader.list(instances, { index: 'numberInService', equals: numberKey(serviceId, number) })
}

/** All instances of a service, those being removed included, by number. */
export async function instancesOf(reader: Reader, serviceId: string): Promise<readonly DesiredInstance[]> {
  const all = await reader.list(instances, { index: 'serviceId', equals: serviceId })
  return all.toSorted((a, b) => a.number - b.number)
}

/** Ids come from outside: shortened, so that an answer does not repeat a megabyte. */
function quote(id: string): string {
  return JSON.stringify(id.length > 40 ? `${id.slice(0, 40)}…` : id)
}
