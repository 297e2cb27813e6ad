import { z } from 'zod'
import type { Role } from '../../state/collections.ts'
import { roles } from '../users/user-fields.ts'

const NAME = 'a name of 1 to 64 characters'
const MEMBERS = 'a list of members'
/** As many as a company has; each is looked up. */
const MEMBERS_MAX = 1000

export const organizationName = z.string({ error: NAME }).trim().min(1, { error: NAME }).max(64, { error: NAME })

const member = z.looseObject(
  { user_id: z.string({ error: 'the id of a user' }), roles: roles.nullish() },
  { error: 'an object with user_id and roles' },
)
export const memberList = z.array(member, { error: MEMBERS }).max(MEMBERS_MAX, { error: `at most ${MEMBERS_MAX} members` })

export function membersOfBody(list: z.infer<typeof memberList>): { readonly userId: string; readonly roles: readonly Role[] }[] {
  return list.map((entry) => ({ userId: entry.user_id, roles: entry.roles ?? [] }))
}
