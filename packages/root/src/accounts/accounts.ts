import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import type { Reader, Store, Writer } from '@oakestra/store'
import { type Organization, organizations, type RefreshGrant, type Role, refreshGrants, type User, users } from '../state/collections.ts'
import type { Actor } from './actor.ts'
import type { LoginThrottle } from './login-throttle.ts'
import type { PasswordHasher } from './passwords.ts'
import { REFRESH_LIFETIME_S, type Tokens } from './tokens.ts'

export interface LoginRequest {
  readonly userName: string
  readonly password: string
  readonly organizationName: string
  /** Where the request comes from, for the throttle. */
  readonly address: string
}

/** Who may come in, and who somebody is. */
export interface Accounts {
  /** @throws OakError `unauthenticated`, `not-found` unknown organization, `resource-exhausted` too many tries */
  login(request: LoginRequest): Promise<{ readonly accessToken: string; readonly refreshToken: string }>
  /** A new access token. @throws OakError `unauthenticated`, also after the grant was revoked */
  refresh(refreshToken: string): Promise<string>
  /** The user behind an access token, with the roles of this moment. @throws OakError `unauthenticated` */
  authenticate(accessToken: string): Promise<Actor>
}

export interface AccountsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly tokens: Tokens
  readonly hasher: PasswordHasher
  readonly throttle: LoginThrottle
}

export function createAccounts(deps: AccountsDeps): Accounts {
  return {
    login: (request) => login(deps, request),
    refresh: (token) => refresh(deps, token),
    authenticate: (token) => authenticate(deps, token),
  }
}

async function login(deps: AccountsDeps, request: LoginRequest): Promise<{ accessToken: string; refreshToken: string }> {
  const takeBack = deps.throttle.begin(request.userName, request.address)
  const user = await deps.store.read((reader) => userByName(reader, request.userName))
  const isRight = await deps.hasher.verify(request.password, user?.passwordHash)
  if (!user || !isRight) throw new OakError('unauthenticated', 'wrong user name or password')
  takeBack()
  const actor = await deps.store.read(async (reader) => actorOf(user, await organizationByName(reader, request.organizationName)))
  const grant = { id: deps.ids.next(), userId: user.id, expiresAtMs: deps.clock.wallMs() + REFRESH_LIFETIME_S * 1000 }
  await deps.store.write((writer) => saveGrant(writer, grant, deps.clock.wallMs()))
  const subject = { ...actor, userName: actor.name }
  return { accessToken: await deps.tokens.issue('access', subject), refreshToken: await deps.tokens.issue('refresh', subject, grant.id) }
}

async function refresh(deps: AccountsDeps, refreshToken: string): Promise<string> {
  const claims = await deps.tokens.verify('refresh', refreshToken)
  const actor = await deps.store.read(async (reader) => {
    const grant = await reader.get(refreshGrants, claims.id)
    if (!grant || grant.expiresAtMs <= deps.clock.wallMs())
      throw new OakError('unauthenticated', 'the refresh token was revoked; log in again')
    return actorById(reader, claims.userId, claims.organizationId)
  })
  return deps.tokens.issue('access', { ...actor, userName: actor.name })
}

async function authenticate(deps: AccountsDeps, accessToken: string): Promise<Actor> {
  const claims = await deps.tokens.verify('access', accessToken)
  return deps.store.read((reader) => actorById(reader, claims.userId, claims.organizationId))
}

/** Roles are read anew each time: taking one away works at once. */
async function actorById(reader: Reader, userId: string, organizationId: string): Promise<Actor> {
  const user = await reader.get(users, userId)
  if (!user) throw new OakError('unauthenticated', 'the user no longer exists; log in as another')
  const organization = await reader.get(organizations, organizationId)
  if (!organization) throw new OakError('unauthenticated', 'the organization no longer exists; log in to another')
  return actorOf(user, organization)
}

function actorOf(user: User, organization: Organization): Actor {
  return { userId: user.id, name: user.name, roles: rolesIn(organization, user.id), organizationId: organization.id }
}

/** What a user may do in an organization: nothing special unless it is a member. */
export function rolesIn(organization: Organization, userId: string): readonly Role[] {
  return organization.members.find((member) => member.userId === userId)?.roles ?? []
}

export async function userByName(reader: Reader, name: string): Promise<User | undefined> {
  const [user] = await reader.list(users, { index: 'name', equals: name, limit: 1 })
  return user
}

async function organizationByName(reader: Reader, name: string): Promise<Organization> {
  const [organization] = await reader.list(organizations, { index: 'name', equals: name, limit: 1 })
  if (!organization) throw new OakError('not-found', 'there is no organization of this name')
  return organization
}

/** Tools log in for every command: beyond this many logins within a week the oldest end first. */
const GRANTS_PER_USER_MAX = 1000
/** Expired grants cleared away with each login: more than one, so that they cannot pile up. */
const GRANTS_SWEPT = 16

async function saveGrant(writer: Writer, grant: RefreshGrant, nowMs: number): Promise<void> {
  const oldest = await writer.list(refreshGrants, { index: 'expiresAtMs', greaterThan: -1, limit: GRANTS_SWEPT })
  const expired = oldest.filter((other) => other.expiresAtMs <= nowMs)
  for (const { id } of [...expired, ...(await surplusGrants(writer, grant.userId))]) await writer.remove(refreshGrants, id)
  await writer.put(refreshGrants, grant)
}

async function surplusGrants(writer: Writer, userId: string): Promise<readonly RefreshGrant[]> {
  const count = await writer.count(refreshGrants, { index: 'userId', equals: userId })
  if (count < GRANTS_PER_USER_MAX) return []
  const grants = await writer.list(refreshGrants, { index: 'userId', equals: userId })
  return grants.toSorted((a, b) => a.expiresAtMs - b.expiresAtMs).slice(0, count - GRANTS_PER_USER_MAX + 1)
}
