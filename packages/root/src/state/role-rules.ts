import { OakError } from '@oakestra/base'
import type { Reader } from '@oakestra/store'
import { type Actor, isAdmin } from '../accounts/actor.ts'
import { DEFAULT_ORGANIZATION, type Organization, organizations, type Role } from './collections.ts'

/** In the order in which they are listed to people. */
export const ROLES: readonly Role[] = ['Admin', 'Organization_Admin', 'Application_Provider', 'Infrastructure_Provider']

/** Roles whose power ends with the organization. The others reach what everybody shares, so that only Admins give them. */
const WITHIN_ORGANIZATION: readonly Role[] = ['Organization_Admin', 'Application_Provider']

/**
 * Whether somebody may make these roles out of those, in the organization they act in.
 * @throws OakError `forbidden`, with the role it is about
 */
export function requireMayGive(actor: Actor, before: readonly Role[], after: readonly Role[]): void {
  if (isAdmin(actor)) return
  const changed = ROLES.filter((role) => before.includes(role) !== after.includes(role))
  if (changed.length === 0) return
  if (!actor.roles.includes('Organization_Admin')) throw new OakError('forbidden', 'only an Admin or an Organization_Admin changes roles')
  const beyond = changed.find((role) => !WITHIN_ORGANIZATION.includes(role))
  if (beyond) throw new OakError('forbidden', `only an Admin gives or takes the role ${beyond}`)
}

/** Without an Admin in it nobody could ever change anything again. @throws OakError `conflict` */
export function requireAnAdmin(organization: Organization): void {
  if (organization.name !== DEFAULT_ORGANIZATION) return
  if (organization.members.some(({ roles }) => roles.includes('Admin'))) return
  throw new OakError('conflict', `this would leave the organization ${DEFAULT_ORGANIZATION} without an Admin; make somebody else one first`)
}

/** Every organization somebody is a member of. Their number is what people make by hand: small. */
export async function organizationsOf(reader: Reader, userId: string): Promise<readonly Organization[]> {
  const all = await reader.list(organizations)
  return all.filter(({ members }) => members.some((member) => member.userId === userId))
}

/** The organization with other roles for one user, who becomes a member, or is none any more. */
export function withRoles(organization: Organization, userId: string, roles: readonly Role[] | undefined): Organization {
  const entry = roles ? [{ userId, roles: ROLES.filter((role) => roles.includes(role)) }] : []
  const isMember = organization.members.some((member) => member.userId === userId)
  if (!isMember) return { ...organization, members: [...organization.members, ...entry] }
  return { ...organization, members: organization.members.flatMap((member) => (member.userId === userId ? entry : [member])) }
}
