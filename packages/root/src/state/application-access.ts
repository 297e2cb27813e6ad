import type { Application } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import { type Actor, isAdmin, runsApplications } from '../accounts/actor.ts'
import { organizations } from './collections.ts'

/** What somebody may do with an application and everything in it. */
export type Access = 'none' | 'read' | 'change'

/**
 * Applications belong to a user and to the organization they were made in. Its Organization_Admins manage them, its
 * Application_Providers see them; the owner has them for as long as the owner is a member (`docs/roles.md`).
 */
export async function accessTo(reader: Reader, actor: Actor, application: Application): Promise<Access> {
  if (isAdmin(actor)) return 'change'
  const shared = application.organizationId !== undefined && application.organizationId === actor.organizationId
  if (shared && actor.roles.includes('Organization_Admin')) return 'change'
  if (await isOwner(reader, actor, application)) return runsApplications(actor) ? 'change' : 'read'
  return shared && actor.roles.includes('Application_Provider') ? 'read' : 'none'
}

/** Who has left an organization leaves behind what was made in it. */
async function isOwner(reader: Reader, actor: Actor, { owner, organizationId }: Application): Promise<boolean> {
  if (owner !== actor.name) return false
  if (organizationId === undefined) return true
  const organization = await reader.get(organizations, organizationId)
  return organization?.members.some((member) => member.userId === actor.userId) ?? true
}
