import { OakError } from '@oakestra/base'
import type { Reader } from '@oakestra/store'
import type { UserView } from '@oakestra/wire'
import { rolesIn, userByName } from '../../accounts/accounts.ts'
import type { Actor } from '../../accounts/actor.ts'
import { organizations } from '../../state/collections.ts'

/**
 * A user as the caller's organization sees it.
 * @throws OakError `not-found`
 */
export async function findUser(reader: Reader, actor: Actor, name: string): Promise<UserView> {
  const user = await userByName(reader, name)
  if (!user) throw new OakError('not-found', 'there is no user of this name')
  const organization = await reader.get(organizations, actor.organizationId)
  return {
    id: user.id,
    name: user.name,
    email: user.email,
    createdAtMs: user.createdAtMs,
    mustChangePassword: user.mustChangePassword,
    roles: organization ? rolesIn(organization, user.id) : [],
    organizationId: actor.organizationId,
  }
}
