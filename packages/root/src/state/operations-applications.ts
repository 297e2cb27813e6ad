import { OakError } from '@oakestra/base'
import type { Application } from '@oakestra/model'
import type { ApplicationDescriptor, Sla } from '@oakestra/sla'
import type { Reader, Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { applications, DEFAULT_ORGANIZATION, organizations } from './collections.ts'
import type { OperationContext } from './operations-context.ts'
import { ownApplication, servicesOf } from './operations-ownership.ts'
import { addService, deleteServiceOf } from './operations-services.ts'

/**
 * Creates every application of a document with its services, or none of them.
 * @throws OakError `conflict` a name or an address is taken; `forbidden`, `resource-exhausted`
 */
export async function createApplications(
  writer: Writer,
  actor: Actor,
  sla: Sla,
  context: OperationContext,
): Promise<readonly Application[]> {
  const created: Application[] = []
  for (const descriptor of sla.applications) created.push(await createApplication(writer, actor, descriptor, context))
  return created
}

async function createApplication(
  writer: Writer,
  actor: Actor,
  descriptor: ApplicationDescriptor,
  context: OperationContext,
): Promise<Application> {
  const { name, namespace, description, source } = descriptor
  await refuseTakenName(writer, actor, descriptor)
  const organizationId = await sharedBy(writer, actor)
  const application: Application = {
    id: context.ids.next(),
    name,
    namespace,
    description,
    owner: actor.name,
    ...(organizationId !== undefined && { organizationId }),
    createdAtMs: context.nowMs,
    source,
  }
  await writer.put(applications, application)
  for (const service of descriptor.services) await addService(writer, actor, application, service, context)
  return application
}

/**
 * The organization that shares what the actor makes: the one the actor is a member of and logged in to. The first one,
 * where everybody lands who names none, shares nothing.
 */
async function sharedBy(reader: Reader, { userId, organizationId }: Actor): Promise<string | undefined> {
  const organization = await reader.get(organizations, organizationId)
  if (!organization || organization.name === DEFAULT_ORGANIZATION) return undefined
  return organization.members.some((member) => member.userId === userId) ? organizationId : undefined
}

async function refuseTakenName(writer: Writer, actor: Actor, { name, namespace }: ApplicationDescriptor): Promise<void> {
  const own = await writer.list(applications, { index: 'owner', equals: actor.name })
  const taken = own.some((other) => other.name === name && other.namespace === namespace)
  if (taken) throw new OakError('conflict', `you already have an application ${name} in namespace ${namespace}`)
}

/**
 * Deletes an application; its services go when their last instance has left every machine.
 * @throws OakError `not-found`
 */
export async function deleteApplication(writer: Writer, actor: Actor, id: string, nowMs: number): Promise<void> {
  const application = await ownApplication(writer, actor, id)
  for (const service of await servicesOf(writer, application.id)) await deleteServiceOf(writer, service, nowMs)
  await writer.remove(applications, application.id)
}
