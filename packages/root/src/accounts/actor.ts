import type { Role } from '../state/collections.ts'

/** Who asks for something, as far as rules care. */
export interface Actor {
  readonly userId: string
  readonly name: string
  /** Roles in the organization the user logged in to, as they are now. */
  readonly roles: readonly Role[]
  readonly organizationId: string
}

/** Roles that let somebody have applications. */
export const APPLICATION_ROLES: readonly Role[] = ['Admin', 'Organization_Admin', 'Application_Provider']

export function runsApplications(actor: Actor): boolean {
  return actor.roles.some((role) => APPLICATION_ROLES.includes(role))
}

export function isAdmin(actor: Actor): boolean {
  return actor.roles.includes('Admin')
}
