import type { Role } from '../state/collections.ts'

/** Who asks for something, as far as rules care. */
export interface Actor {
  readonly userId: string
  readonly name: string
  /** Roles in the organization the user logged in to, as they are now. */
  readonly roles: readonly Role[]
  readonly organizationId: string
}

export function isAdmin(actor: Actor): boolean {
  return actor.roles.includes('Admin')
}
