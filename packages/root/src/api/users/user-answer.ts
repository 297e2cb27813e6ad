import { toWireUser, type WireUser } from '@oakestra/wire'
import type { Actor } from '../../accounts/actor.ts'
import type { SeenUser } from '../../state/operations-users.ts'

/** A user in the words of clients, with the roles it has in an organization: the caller's, unless another was asked for. */
export function userAnswer(actor: Actor, { user, roles }: SeenUser, organizationId = actor.organizationId): WireUser {
  const { id, name, email, createdAtMs, mustChangePassword } = user
  return toWireUser({ id, name, email, createdAtMs, mustChangePassword, roles, organizationId })
}
