import { randomUUID } from 'node:crypto'
import { type Clock, OakError } from '@oakestra/base'
import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { TOKEN_ALGORITHM, type TokenKeys } from './token-keys.ts'

export const ACCESS_LIFETIME_S = 600
export const REFRESH_LIFETIME_S = 7 * 24 * 3600

export interface TokenSubject {
  readonly userId: string
  readonly userName: string
  readonly roles: readonly string[]
  readonly organizationId: string
}

/** What a valid token says. */
export interface TokenClaims {
  readonly id: string
  readonly userId: string
  readonly userName: string
  readonly organizationId: string
  /** To the second. */
  readonly issuedAtMs: number
}

export type TokenType = 'access' | 'refresh'

const claimsSchema = z.object({
  jti: z.string(),
  uid: z.string(),
  sub: z.string(),
  organization: z.string(),
  type: z.string(),
  iat: z.number(),
})

/** Makes and checks tokens; knows nothing of users. Claims as in `reference/orchestration.md` 2.2, and `uid`, our id of the user. */
export interface Tokens {
  issue(type: TokenType, subject: TokenSubject, tokenId?: string): Promise<string>
  /** @throws OakError `unauthenticated` with a reason a client can act on */
  verify(type: TokenType, token: string): Promise<TokenClaims>
}

export function createTokens(keys: TokenKeys, clock: Clock): Tokens {
  return {
    issue: (type, subject, tokenId = randomUUID()) => issue(keys, clock, type, subject, tokenId),
    verify: async (type, token) => claimsOf(type, await checkedPayload(keys, clock, token)),
  }
}

function issue(keys: TokenKeys, clock: Clock, type: TokenType, subject: TokenSubject, tokenId: string): Promise<string> {
  const nowS = Math.floor(clock.wallMs() / 1000)
  const claims = {
    fresh: false,
    type,
    uid: subject.userId,
    user: subject.userName,
    roles: subject.roles,
    organization: subject.organizationId,
    csrf: randomUUID(),
  }
  return new SignJWT(claims)
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: 'JWT', kid: keys.signing.id })
    .setSubject(subject.userName)
    .setJti(tokenId)
    .setIssuedAt(nowS)
    .setNotBefore(nowS)
    .setExpirationTime(nowS + (type === 'access' ? ACCESS_LIFETIME_S : REFRESH_LIFETIME_S))
    .sign(keys.signing.key)
}

/** The wall clock may be set back a little by a time server: a token of this second must not be from the future. */
const CLOCK_TOLERANCE_S = 5

async function checkedPayload(keys: TokenKeys, clock: Clock, token: string): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(
      token,
      ({ kid }) => {
        const key = keys.publicKey(kid ?? '')
        if (!key) throw new OakError('unauthenticated', 'the token was not issued by this root; log in again')
        return key
      },
      {
        algorithms: [TOKEN_ALGORITHM],
        currentDate: new Date(clock.wallMs()),
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'nbf'],
      },
    )
    return payload
  } catch (thrown) {
    if (thrown instanceof OakError) throw thrown
    const expired = thrown instanceof errors.JWTExpired
    const message = expired ? 'the token has expired; log in again' : 'the token is not valid; log in again'
    throw new OakError('unauthenticated', message, { cause: thrown })
  }
}

function claimsOf(type: TokenType, payload: JWTPayload): TokenClaims {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) throw new OakError('unauthenticated', 'the token is not valid; log in again')
  const { jti, uid, sub, organization, type: found, iat } = parsed.data
  if (found !== type) throw new OakError('unauthenticated', `this call needs ${type === 'access' ? 'an access' : 'a refresh'} token`)
  return { id: jti, userId: uid, userName: sub, organizationId: organization, issuedAtMs: iat * 1000 }
}
