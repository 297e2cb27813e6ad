import { type IdGenerator, OakError } from '@oakestra/base'
import type { Reader, Writer } from '@oakestra/store'
import { forgetCredentials, setPassword } from '../accounts/account-passwords.ts'
import { rolesIn } from '../accounts/accounts.ts'
import { type Actor, isAdmin } from '../accounts/actor.ts'
import { userByName } from '../accounts/user-by-name.ts'
import { customObjects } from '../custom-resources/custom-resource.ts'
import { applications, type Organization, organizations, type Role, type User, users } from './collections.ts'
import { organizationsOf, requireAnAdmin, requireMayGive, withRoles } from './role-rules.ts'

/** A user as an organization sees it. */
export interface SeenUser {
  readonly user: User
  readonly roles: readonly Role[]
}

export interface NewUser {
  readonly name: string
  readonly email: string
  readonly passwordHash: string
  readonly roles: readonly Role[]
}

/**
 * Makes a user, who joins the caller's organization.
 * @throws OakError `already-exists`; `forbidden` a role that the caller cannot give
 */
export async function registerUser(
  writer: Writer,
  actor: Actor,
  { name, email, passwordHash, roles }: NewUser,
  { ids, nowMs }: { readonly ids: IdGenerator; readonly nowMs: number },
): Promise<SeenUser> {
  requireMayGive(actor, [], roles)
  if (await userByName(writer, name)) throw new OakError('already-exists', `there is already a user ${name}`)
  const user: User = { id: ids.next(), name, email, passwordHash, createdAtMs: nowMs, mustChangePassword: true }
  await writer.put(users, user)
  const joined = withRoles(await ownOrganization(writer, actor), user.id, roles)
  await writer.put(organizations, joined)
  return { user, roles: rolesIn(joined, user.id) }
}

/**
 * A user as the caller's organization sees it: oneself, a member for its Organization_Admin, anybody for an Admin.
 * @throws OakError `not-found`, `forbidden`
 */
export async function findUser(reader: Reader, actor: Actor, name: string): Promise<SeenUser> {
  const user = await userByName(reader, name)
  const organization = await reader.get(organizations, actor.organizationId)
  const isMember = organization?.members.some(({ userId }) => userId === user?.id) ?? false
  const mayLook = isAdmin(actor) || name === actor.name || (isMember && actor.roles.includes('Organization_Admin'))
  if (!mayLook) throw new OakError('forbidden', 'this is another user, who is not in your organization')
  if (!user) throw new OakError('not-found', 'there is no user of this name')
  return { user, roles: organization ? rolesIn(organization, user.id) : [] }
}

/** Everybody for an Admin, else the members of the caller's organization; with their roles in it. */
export async function usersSeenBy(reader: Reader, actor: Actor): Promise<readonly SeenUser[]> {
  if (!isAdmin(actor)) return membersOf(reader, actor, actor.organizationId)
  const organization = await reader.get(organizations, actor.organizationId)
  const all = await reader.list(users)
  return all.map((user) => ({ user, roles: organization ? rolesIn(organization, user.id) : [] }))
}

/**
 * Members of an organization in the order of their joining; nobody when there is no such organization.
 * @throws OakError `forbidden` it is another one than the caller's
 */
export async function membersOf(reader: Reader, actor: Actor, organizationId: string): Promise<readonly SeenUser[]> {
  if (!isAdmin(actor) && organizationId !== actor.organizationId) throw new OakError('forbidden', 'this is not your organization')
  const organization = await reader.get(organizations, organizationId)
  const members: SeenUser[] = []
  for (const { userId, roles } of organization?.members ?? []) {
    const user = await reader.get(users, userId)
    if (user) members.push({ user, roles })
  }
  return members
}

/** What of a user shall be different; what is absent stays. */
export interface UserChange {
  readonly name?: string | undefined
  readonly email?: string | undefined
  readonly roles?: readonly Role[] | undefined
  readonly passwordHash?: string | undefined
}

/**
 * Changes a user: its address is its own business and an Admin's, its password an Admin's, its roles that of who may give them.
 * Clients send back whole users, so that only what is different asks for a right.
 * @throws OakError `not-found`, `forbidden`; `bad-request` another name; `conflict` the last Admin
 */
export async function updateUser(writer: Writer, actor: Actor, name: string, change: UserChange, nowMs: number): Promise<SeenUser> {
  const { user, roles } = await findUser(writer, actor, name)
  if (change.name !== undefined && change.name !== user.name) throw new OakError('bad-request', `name: ${user.name} keeps its name`)
  const changed = await changePerson(writer, actor, user, change, nowMs)
  if (change.roles === undefined) return { user: changed, roles }
  requireMayGive(actor, roles, change.roles)
  const organization = await ownOrganization(writer, actor)
  const isMember = organization.members.some(({ userId }) => userId === user.id)
  // A whole user who was read from another organization comes back without roles, and joins nothing by that.
  if (!isMember && change.roles.length === 0) return { user: changed, roles }
  const next = withRoles(organization, user.id, change.roles)
  requireAnAdmin(next)
  await writer.put(organizations, next)
  return { user: changed, roles: rolesIn(next, user.id) }
}

async function changePerson(writer: Writer, actor: Actor, user: User, change: UserChange, nowMs: number): Promise<User> {
  const { email = user.email, passwordHash } = change
  const isSelf = user.id === actor.userId
  // Who sets the address of somebody gets what is mailed there: the way to a new password.
  if (email !== user.email && !isSelf && !isAdmin(actor)) throw new OakError('forbidden', 'only the user, or an Admin, changes the address')
  const moved = { ...user, email }
  if (passwordHash === undefined) {
    await writer.put(users, moved)
    return moved
  }
  if (isSelf) throw new OakError('bad-request', 'password: change your own with POST /api/user/<name>, which asks for the old one')
  if (!isAdmin(actor)) throw new OakError('forbidden', 'only an Admin sets the password of somebody else')
  return setPassword(writer, moved, { passwordHash, mustChangePassword: true }, nowMs)
}

/**
 * Deletes a user; an Organization_Admin ends the membership, and deletes whoever is in no other organization.
 * @returns false when the user stays, elsewhere
 * @throws OakError `not-found`, `forbidden`; `conflict` it has applications, or is the last Admin
 */
export async function deleteUser(writer: Writer, actor: Actor, name: string): Promise<boolean> {
  const { user, roles } = await findUser(writer, actor, name)
  if (!isAdmin(actor) && !actor.roles.includes('Organization_Admin')) {
    throw new OakError('forbidden', 'only an Admin or an Organization_Admin deletes users')
  }
  requireMayGive(actor, roles, [])
  const memberships = await organizationsOf(writer, user.id)
  const left = isAdmin(actor) ? memberships : memberships.filter(({ id }) => id === actor.organizationId)
  for (const organization of left) await leave(writer, organization, user.id)
  if (left.length < memberships.length) return false
  await refuseOwner(writer, user)
  await forgetCredentials(writer, user.id)
  await writer.remove(users, user.id)
  return true
}

async function leave(writer: Writer, organization: Organization, userId: string): Promise<void> {
  const next = withRoles(organization, userId, undefined)
  requireAnAdmin(next)
  await writer.put(organizations, next)
}

/** Whoever were given the name later would have them. */
async function refuseOwner(reader: Reader, { name }: User): Promise<void> {
  const owned = await reader.count(applications, { index: 'owner', equals: name })
  if (owned > 0) {
    throw new OakError(
      'conflict',
      `${name} owns applications (${owned}); delete them, or give them away with userId of PUT /api/application, first`,
    )
  }
  const objects = await reader.count(customObjects, { index: 'owner', equals: name })
  if (objects > 0) throw new OakError('conflict', `${name} owns custom resources (${objects}); delete them first`)
}

/** @throws OakError `forbidden` */
export async function ownOrganization(reader: Reader, actor: Actor): Promise<Organization> {
  const organization = await reader.get(organizations, actor.organizationId)
  if (!organization) throw new OakError('forbidden', 'your organization no longer exists')
  return organization
}
