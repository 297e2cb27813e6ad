import { createHash, randomBytes } from 'node:crypto'
import type { Writer } from '@oakestra/store'
import { passwordResets, type User } from '../state/collections.ts'

const RESET_LIFETIME_MS = 3_600_000
/** Mails a user can be sent within that time, whoever asks for them: a mailbox must not be flooded through us. */
const RESETS_PER_USER_MAX = 3
/** Expired ones cleared away with each new one: more than one, so that they cannot pile up. */
const RESETS_SWEPT = 16

/**
 * Makes a mailed way to a new password, good for an hour and one use.
 * @returns the token, which is kept nowhere; undefined for a user without an address or with too many mails already
 */
export async function makeReset(writer: Writer, user: User, nowMs: number): Promise<string | undefined> {
  const oldest = await writer.list(passwordResets, { index: 'expiresAtMs', greaterThan: -1, limit: RESETS_SWEPT })
  for (const { tokenHash, expiresAtMs } of oldest) if (expiresAtMs <= nowMs) await writer.remove(passwordResets, tokenHash)
  const made = await writer.list(passwordResets, { index: 'userId', equals: user.id })
  const pending = made.filter(({ expiresAtMs }) => expiresAtMs > nowMs)
  if (user.email === '' || pending.length >= RESETS_PER_USER_MAX) return undefined
  const token = randomBytes(32).toString('base64url')
  await writer.put(passwordResets, { tokenHash: hashOfToken(token), userId: user.id, expiresAtMs: nowMs + RESET_LIFETIME_MS })
  return token
}

/** Fast on purpose: a token has 256 bits, so there is nothing to guess. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
