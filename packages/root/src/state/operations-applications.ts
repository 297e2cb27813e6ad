import { OakError } from '@oakestra/base'
import type { Application } from '@oakestra/model'
import type { ApplicationDescriptor, Sla } from '@oakestra/sla'
import type { Reader, Writer } from '@oakestra/store'
import { type Actor, isAdmin } from '../accounts/actor.ts'
import { userByName } from '../accounts/user-by-name.ts'
import { applications, DEFAULT_ORGANIZATION, organizations } from './collections.ts'
import type { OperationContext } from './operations-context.ts'
import { ownApplication, servicesOf } from './operations-ownership.ts'
import { addService, deleteServiceOf } from './operations-services.ts'
import { nameKey } from './order-keys.ts'

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
  await refuseTakenName(writer, actor.name, descriptor)
  const organizationId = await sharedBy(writer, actor)
  const application: Application = {
    id: context.ids.next(),
    name,
    namespace,
    description,
    owner: actor.name,
    ...(organizationId !== undefined && { organizationId }),
    createdAtMs: context.nowMs,
    ...(descriptor.isolated && { isolated: true as const }),
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

async function refuseTakenName(
  reader: Reader,
  owner: string,
  { name, namespace }: Pick<ApplicationDescriptor, 'name' | 'namespace'>,
): Promise<void> {
  const taken = await reader.count(applications, { index: 'nameOfOwner', equals: nameKey(owner, namespace, name) })
  if (taken > 0) throw new OakError('conflict', `there is already an application ${name} in namespace ${namespace} of ${owner}`)
}

/** What of an application shall be different; what is absent stays. */
export interface ApplicationChange {
  readonly name?: string | undefined
  readonly namespace?: string | undefined
  readonly description?: string | undefined
  readonly isolated?: boolean | undefined
  /** Name of the user who shall own it. */
  readonly owner?: string | undefined
}

/**
 * @throws OakError `not-found`, `forbidden`; `bad-request` another name, or an owner who is none; `conflict` the new owner has one
 * of this name
 */
export async function updateApplication(writer: Writer, actor: Actor, id: string, change: ApplicationChange): Promise<Application> {
  const application = await ownApplication(writer, actor, id)
  const { name = application.name, namespace = application.namespace, description = application.description, owner } = change
  // Instances are reached under names that contain these two.
  if (name !== application.name || namespace !== application.namespace) {
    throw new OakError(
      'bad-request',
      `application_name: ${application.name} in ${application.namespace} keeps its names; make another application`,
    )
  }
  if (owner !== undefined && owner !== application.owner) await requireNewOwner(writer, actor, application, owner)
  const { isolated: wasIsolated, ...rest } = application
  const isIsolated = change.isolated ?? wasIsolated ?? false
  const next: Application = {
    ...rest,
    description,
    owner: owner ?? application.owner,
    ...(isIsolated && { isolated: true as const }),
  }
  await writer.put(applications, next)
  return next
}

async function requireNewOwner(writer: Writer, actor: Actor, application: Application, owner: string): Promise<void> {
  const { name, namespace, organizationId } = application
  const isOrganizationAdmin = actor.roles.includes('Organization_Admin') && organizationId === actor.organizationId
  if (!isAdmin(actor) && !isOrganizationAdmin) {
    throw new OakError('forbidden', 'only an Admin, or an Organization_Admin of its organization, gives an application to another user')
  }
  const user = await userByName(writer, owner)
  const organization = organizationId === undefined ? undefined : await writer.get(organizations, organizationId)
  const isMember = organization?.members.some(({ userId }) => userId === user?.id) ?? isAdmin(actor)
  if (!user || !isMember) throw new OakError('bad-request', 'userId: there is no user of this name who could have the application')
  await refuseTakenName(writer, owner, { name, namespace })
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
