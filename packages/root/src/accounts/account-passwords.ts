import { OakError } from '@oakestra/base'
import type { Reader, Writer } from '@oakestra/store'
import type { MailDesk } from '../mail/mail-desk.ts'
import { passwordResets, type User, users } from '../state/collections.ts'
import type { Actor } from './actor.ts'
import { type IssuingDeps, issueTokens, type TokenPair } from './issue-tokens.ts'
import type { LoginThrottle } from './login-throttle.ts'
import { hashOfToken, makeReset } from './password-resets.ts'
import type { PasswordHasher } from './passwords.ts'
import { revokeGrants } from './refresh-grants.ts'
import { resetMail } from './reset-mail.ts'
import { userByName } from './user-by-name.ts'

/** How users come to other passwords. Each way ends the sessions that the old one opened. */
export interface Passwords {
  /** For whoever may choose somebody else's. @throws OakError `resource-exhausted` */
  hash(password: string): Promise<string>
  /**
   * Changes one's own password, and gives new tokens: those given out before are renewed no more.
   * @throws OakError `bad-request` the old one is wrong, or the new one is the same; `resource-exhausted` too many tries
   */
  change(actor: Actor, request: { oldPassword: string; newPassword: string; address: string }): Promise<TokenPair>
  /**
   * Mails a user the way to a new password, if there is such a user with an address: the answer does not tell.
   * @param domain host of the page that asks, for the link
   * @throws OakError `not-supported` this root sends no mail; `resource-exhausted` too many tries
   */
  requestReset(request: { userName: string; domain: string; address: string }): Promise<void>
  /** @throws OakError `bad-request` the token is unknown, used or over; `resource-exhausted` too many tries */
  reset(request: { token: string; password: string; address: string }): Promise<void>
}

export interface PasswordsDeps extends IssuingDeps {
  readonly hasher: PasswordHasher
  readonly throttle: LoginThrottle
  readonly mail: MailDesk
}

export function createPasswords(deps: PasswordsDeps): Passwords {
  return {
    hash: (password) => deps.hasher.hash(password),
    change: (actor, request) => change(deps, actor, request),
    requestReset: (request) => requestReset(deps, request),
    reset: (request) => reset(deps, request),
  }
}

async function change(
  deps: PasswordsDeps,
  actor: Actor,
  { oldPassword, newPassword, address }: { oldPassword: string; newPassword: string; address: string },
): Promise<TokenPair> {
  const takeBack = deps.throttle.begin(actor.name, address)
  const user = await deps.store.read((reader) => reader.get(users, actor.userId))
  const isRight = await deps.hasher.verify(oldPassword, user?.passwordHash)
  if (!isRight) throw new OakError('bad-request', 'the old password is wrong')
  takeBack()
  if (oldPassword === newPassword) throw new OakError('bad-request', 'the new password is the old one; choose another')
  const passwordHash = await deps.hasher.hash(newPassword)
  await deps.store.write(async (writer) => {
    // Access tokens end by themselves in minutes. Upstream's dashboard goes on with the one it has, and then asks for a login.
    await writer.put(users, { ...(await userById(writer, actor.userId)), passwordHash, mustChangePassword: false })
    await forgetCredentials(writer, actor.userId)
  })
  return issueTokens(deps, actor)
}

async function requestReset(
  { store, clock, throttle, mail }: PasswordsDeps,
  { userName, domain, address }: { userName: string; domain: string; address: string },
): Promise<void> {
  throttle.begin(userName, address)
  const settings = await mail.settings()
  if (!settings) throw new OakError('not-supported', 'this root sends no mail; ask an Admin to set a new password for you')
  const made = await store.write(async (writer) => {
    const user = await userByName(writer, userName)
    return user && { user, token: await makeReset(writer, user, clock.wallMs()) }
  })
  // Not waited for: how long a mail takes would tell that there is such a user.
  if (made?.token) mail.post(resetMail(made.user, made.token, settings, domain))
}

async function reset(
  { store, clock, hasher, throttle }: PasswordsDeps,
  { token, password, address }: { token: string; password: string; address: string },
): Promise<void> {
  const tokenHash = hashOfToken(token)
  const takeBack = throttle.begin(tokenHash, address)
  const passwordHash = await hasher.hash(password)
  await store.write(async (writer) => {
    const found = await writer.get(passwordResets, tokenHash)
    if (!found || found.expiresAtMs <= clock.wallMs()) {
      throw new OakError('bad-request', 'this way to a new password is used or over; ask for another')
    }
    const user = await userById(writer, found.userId)
    await setPassword(writer, user, { passwordHash, mustChangePassword: false }, clock.wallMs())
  })
  takeBack()
}

async function userById(reader: Reader, userId: string): Promise<User> {
  const user = await reader.get(users, userId)
  if (!user) throw new OakError('not-found', 'the user no longer exists')
  return user
}

/** Gives a user another password at once: sessions, tokens and mailed ways to a new one end. */
export async function setPassword(
  writer: Writer,
  user: User,
  password: Pick<User, 'passwordHash' | 'mustChangePassword'>,
  nowMs: number,
): Promise<User> {
  const changed = { ...user, ...password, passwordChangedAtMs: nowMs }
  await writer.put(users, changed)
  await forgetCredentials(writer, user.id)
  return changed
}

/** Ends a user's sessions, and what was mailed. */
export async function forgetCredentials(writer: Writer, userId: string): Promise<void> {
  await revokeGrants(writer, userId)
  const resets = await writer.list(passwordResets, { index: 'userId', equals: userId })
  for (const { tokenHash } of resets) await writer.remove(passwordResets, tokenHash)
}
