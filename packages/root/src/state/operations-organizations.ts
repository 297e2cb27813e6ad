import { type IdGenerator, OakError } from '@oakestra/base'
import type { Reader, Writer } from '@oakestra/store'
import { type Actor, isAdmin } from '../accounts/actor.ts'
import { DEFAULT_ORGANIZATION, type Organization, organizations, users } from './collections.ts'
import { ROLES, requireAnAdmin, requireMayGive } from './role-rules.ts'

type Members = Organization['members']

/** Every organization for Admins, their own for others. */
export async function organizationsSeenBy(reader: Reader, actor: Actor): Promise<readonly Organization[]> {
  if (isAdmin(actor)) return reader.list(organizations)
  const own = await reader.get(organizations, actor.organizationId)
  return own ? [own] : []
}

/** @throws OakError `not-found`, also for one that is not the caller's */
export async function findOrganization(reader: Reader, actor: Actor, id: string): Promise<Organization> {
  const organization = isAdmin(actor) || id === actor.organizationId ? await reader.get(organizations, id) : undefined
  if (!organization) throw new OakError('not-found', 'there is no organization of this id')
  return organization
}

/** @throws OakError `already-exists`; `bad-request` a member is no user */
export async function createOrganization(
  writer: Writer,
  { name, members }: { readonly name: string; readonly members: Members },
  ids: IdGenerator,
): Promise<Organization> {
  await refuseTakenName(writer, name)
  const organization = { id: ids.next(), name, members: await checked(writer, members) }
  await writer.put(organizations, organization)
  return organization
}

/**
 * Changes an organization; what is absent stays. Members of other organizations are added by Admins only.
 * @throws OakError `not-found`, `already-exists`; `forbidden` a role or a member that the caller cannot give;
 * `conflict` the first organization's name or last Admin; `bad-request` a member is no user
 */
export async function updateOrganization(
  writer: Writer,
  actor: Actor,
  id: string,
  change: { readonly name?: string | undefined; readonly members?: Members | undefined },
): Promise<Organization> {
  const before = await findOrganization(writer, actor, id)
  const { name = before.name } = change
  if (name !== before.name) await refuseRename(writer, before, name)
  const members = change.members ? await checked(writer, change.members) : before.members
  requireMayBecome(actor, before.members, members)
  const next = { ...before, name, members }
  requireAnAdmin(next)
  await writer.put(organizations, next)
  return next
}

/** @throws OakError `not-found`; `conflict` the first one */
export async function deleteOrganization(writer: Writer, actor: Actor, id: string): Promise<void> {
  const { name } = await findOrganization(writer, actor, id)
  if (name === DEFAULT_ORGANIZATION) throw new OakError('conflict', `the organization ${name} stays: everybody logs in to it`)
  await writer.remove(organizations, id)
}

async function refuseRename(reader: Reader, before: Organization, name: string): Promise<void> {
  if (before.name === DEFAULT_ORGANIZATION)
    throw new OakError('conflict', `the organization ${before.name} keeps its name: everybody logs in to it`)
  await refuseTakenName(reader, name)
}

/** Names are what people log in with. */
async function refuseTakenName(reader: Reader, name: string): Promise<void> {
  const taken = await reader.count(organizations, { index: 'name', equals: name })
  if (taken > 0) throw new OakError('already-exists', `there is already an organization ${name}`)
}

/** Each user once, with roles in one order. */
async function checked(reader: Reader, members: Members): Promise<Members> {
  const byUser = new Map(members.map(({ userId, roles }) => [userId, ROLES.filter((role) => roles.includes(role))]))
  for (const userId of byUser.keys()) {
    if (!(await reader.get(users, userId))) throw new OakError('bad-request', `member: there is no user of the id ${userId.slice(0, 40)}`)
  }
  return [...byUser].map(([userId, roles]) => ({ userId, roles }))
}

function requireMayBecome(actor: Actor, before: Members, after: Members): void {
  const rolesOf = (members: Members, userId: string) => members.find((member) => member.userId === userId)?.roles
  for (const userId of new Set([...before, ...after].map((member) => member.userId))) {
    const had = rolesOf(before, userId)
    if (!had && !isAdmin(actor))
      throw new OakError('forbidden', 'only an Admin adds users of other organizations; register new ones instead')
    requireMayGive(actor, had ?? [], rolesOf(after, userId) ?? [])
  }
}
