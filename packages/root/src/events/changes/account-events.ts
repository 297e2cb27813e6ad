import type { Organization, User } from '../../state/collections.ts'
import type { NewEvent } from '../record-event.ts'
import type { Touch } from '../touches.ts'

/** What happened to a user. Says that a password changed, and nothing about it. */
export function userEvents({ before, after }: Touch<User>): readonly NewEvent[] {
  const user = after ?? before
  if (!user) return []
  const object = { type: 'user', id: user.id, name: user.name } as const
  if (!before) return [{ kind: 'user.created', object }]
  if (!after) return [{ kind: 'user.removed', object }]
  const changed = (['name', 'email'] as const).filter((member) => before[member] !== after[member])
  return [
    ...(changed.length > 0 ? [{ kind: 'user.changed', object, details: { changed } } as const] : []),
    ...(before.passwordHash === after.passwordHash ? [] : [{ kind: 'user.password', object } as const]),
  ]
}

export function organizationEvents({ before, after }: Touch<Organization>): readonly NewEvent[] {
  const organization = after ?? before
  if (!organization) return []
  const object = { type: 'organization', id: organization.id, name: organization.name } as const
  const members = memberChanges(before, after).map((details) => ({ kind: 'organization.member', object, details }) as const)
  if (!before) return [{ kind: 'organization.created', object }, ...members]
  if (!after) return [{ kind: 'organization.removed', object }]
  const renamed = before.name === after.name ? [] : [{ kind: 'organization.changed', object, details: { changed: ['name'] } } as const]
  return [...renamed, ...members]
}

interface MemberChange {
  readonly [member: string]: string | null | readonly string[]
  readonly userId: string
  /** Null for one who left. */
  readonly roles: readonly string[] | null
}

function memberChanges(before: Organization | undefined, after: Organization | undefined): readonly MemberChange[] {
  const [was, is] = [rolesByUser(before), rolesByUser(after)]
  const userIds = new Set([...was.keys(), ...is.keys()])
  return [...userIds]
    .filter((userId) => was.get(userId)?.join() !== is.get(userId)?.join())
    .map((userId) => ({ userId, roles: is.get(userId) ?? null }))
}

function rolesByUser(organization: Organization | undefined): ReadonlyMap<string, readonly string[]> {
  return new Map(organization?.members.map(({ userId, roles }) => [userId, [...roles].sort()]))
}
