import type { Clock, IdGenerator } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import type { Actor } from './actor.ts'
import { saveGrant } from './refresh-grants.ts'
import { REFRESH_LIFETIME_S, type Tokens } from './tokens.ts'

export interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface IssuingDeps {
  readonly store: Store
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly tokens: Tokens
}

/** Lets somebody in who has shown who they are. */
export async function issueTokens({ store, clock, ids, tokens }: IssuingDeps, actor: Actor): Promise<TokenPair> {
  const grant = { id: ids.next(), userId: actor.userId, expiresAtMs: clock.wallMs() + REFRESH_LIFETIME_S * 1000 }
  await store.write((writer) => saveGrant(writer, grant, clock.wallMs()))
  const subject = { ...actor, userName: actor.name }
  return { accessToken: await tokens.issue('access', subject), refreshToken: await tokens.issue('refresh', subject, grant.id) }
}
