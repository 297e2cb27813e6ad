import { type Clock, type IdGenerator, OakError } from '@oakestra/base'
import type { Reader, Store } from '@oakestra/store'
import type { MailDesk } from '../mail/mail-desk.ts'
import { type Organization, organizations, type Role, refreshGrants, type User, users } from '../state/collections.ts'
import { createPasswords, type Passwords } from './account-passwords.ts'
import type { Actor } from './actor.ts'
import { issueTokens, type TokenPair } from './issue-tokens.ts'
import type { LoginThrottle } from './login-throttle.ts'
import type { PasswordHasher } from './passwords.ts'
import type { TokenClaims, Tokens } from './tokens.ts'
import { userByName } from './user-by-name.ts'

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
  login(request: LoginRequest): Promise<TokenPair>
  /** A new access token. @throws OakError `unauthenticated`, also after the grant was revoked */
  refresh(refreshToken: string): Promise<string>
  /** The user behind an access token, with the roles of this moment. @throws OakError `unauthenticated` */
  authenticate(accessToken: string): Promise<Actor>
  readonly passwords: Passwords
  readonly mail: MailDesk
}

export interface AccountsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly tokens: Tokens
  readonly hasher: PasswordHasher
  readonly throttle: LoginThrottle
  readonly mail: MailDesk
}

export function createAccounts(deps: AccountsDeps): Accounts {
  return {
    login: (request) => login(deps, request),
    refresh: (token) => refresh(deps, token),
    authenticate: (token) => authenticate(deps, token),
    passwords: createPasswords(deps),
    mail: deps.mail,
  }
}

async function login(deps: AccountsDeps, request: LoginRequest): Promise<TokenPair> {
  const takeBack = deps.throttle.begin(request.userName, request.address)
  const user = await deps.store.read((reader) => userByName(reader, request.userName))
  const isRight = await deps.hasher.verify(request.password, user?.passwordHash)
  if (!user || !isRight) throw new OakError('unauthenticated', 'wrong user name or password')
  takeBack()
  const actor = await deps.store.read(async (reader) => actorOf(user, await organizationByName(reader, request.organizationName)))
  return issueTokens(deps, actor)
}

async function refresh(deps: AccountsDeps, refreshToken: string): Promise<string> {
  const claims = await deps.tokens.verify('refresh', refreshToken)
  const actor = await deps.store.read(async (reader) => {
    const grant = await reader.get(refreshGrants, claims.id)
    if (!grant || grant.expiresAtMs <= deps.clock.wallMs())
      throw new OakError('unauthenticated', 'the refresh token was revoked; log in again')
    return actorOfClaims(reader, claims)
  })
  return deps.tokens.issue('access', { ...actor, userName: actor.name })
}

async function authenticate(deps: AccountsDeps, accessToken: string): Promise<Actor> {
  const claims = await deps.tokens.verify('access', accessToken)
  return deps.store.read((reader) => actorOfClaims(reader, claims))
}

/** Roles are read anew each time: taking one away works at once. */
async function actorOfClaims(reader: Reader, { userId, organizationId, issuedAtMs }: TokenClaims): Promise<Actor> {
  const user = await reader.get(users, userId)
  if (!user) throw new OakError('unauthenticated', 'the user no longer exists; log in as another')
  // Tokens tell their second only, and one of the same second may be the new one.
  if (issuedAtMs + 1000 <= (user.passwordChangedAtMs ?? 0)) throw new OakError('unauthenticated', 'the password was changed; log in again')
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

async function organizationByName(reader: Reader, name: string): Promise<Organization> {
  const [organization] = await reader.list(organizations, { index: 'name', equals: name, limit: 1 })
  if (!organization) throw new OakError('not-found', 'there is no organization of this name')
  return organization
}
