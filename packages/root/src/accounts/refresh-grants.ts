import type { Writer } from '@oakestra/store'
import { type RefreshGrant, refreshGrants } from '../state/collections.ts'

/** Tools log in for every command: beyond this many logins within a week the oldest end first. */
const GRANTS_PER_USER_MAX = 1000
/** Expired grants cleared away with each login: more than one, so that they cannot pile up. */
const GRANTS_SWEPT = 16

export async function saveGrant(writer: Writer, grant: RefreshGrant, nowMs: number): Promise<void> {
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

/** Ends every session of a user: refresh tokens that were given out give no more access. */
export async function revokeGrants(writer: Writer, userId: string): Promise<void> {
  for (const { id } of await writer.list(refreshGrants, { index: 'userId', equals: userId })) await writer.remove(refreshGrants, id)
}
