import { type Clock, OakError } from '@oakestra/base'
import { bodyOf, isRecord } from './answers.ts'
import { type HttpAnswer, httpRequest } from './http.ts'
import type { StoredLogin, TokenStore } from './token-store.ts'

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface SessionOptions {
  readonly api: URL
  /** From the environment; wins over what is stored. */
  readonly credentials?: Credentials
  readonly store: TokenStore
  /** The first Admin password, where this process may read it. Asked for only when needed. */
  readonly initialPassword: () => string | undefined
  readonly clock: Clock
  readonly signal?: AbortSignal
}

/** Longest silence before a call is given up. Upstream's tools allow as much (`reference/experience.md` 2.2). */
export const IDLE_MS = 30_000

/** Renew a token a little before it ends, so that it does not end on the way. */
const RENEW_BEFORE_MS = 5_000

/** A user's standing with one root: finds a token, and renews it. */
export interface Session {
  readonly api: URL
  /** A token that is valid now. @throws OakError `unauthenticated`, saying what to do */
  token(): Promise<string>
  /** Another one, for root no longer takes it. @throws OakError `unauthenticated`, saying what to do */
  renew(): Promise<void>
}

/** Token sources in order: credentials of the environment, a stored login, the first-start password on root's machine. */
export function createSession(options: SessionOptions): Session {
  let current: string | undefined
  const token = async () => {
    current ??= await findToken(options)
    return current
  }
  return {
    api: options.api,
    token,
    renew: async () => {
      current = await renewToken(options)
    },
  }
}

/** Exchanges a password for tokens. @throws OakError `unauthenticated` when root does not take it */
export async function login(api: URL, credentials: Credentials, signal?: AbortSignal): Promise<StoredLogin> {
  const answer = await post(api, '/api/auth/login', credentials, undefined, signal)
  const body = bodyOf(answer, `cannot log in at ${api.origin} as ${credentials.username}`)
  return storedLogin(credentials.username, body)
}

function post(api: URL, path: string, body: unknown, token: string | undefined, signal: AbortSignal | undefined): Promise<HttpAnswer> {
  const url = new URL(path, api)
  return httpRequest({ method: 'POST', url, body, idleMs: IDLE_MS, ...(token && { token }), ...(signal && { signal }) })
}

async function findToken(options: SessionOptions): Promise<string> {
  if (options.credentials) return (await login(options.api, options.credentials, options.signal)).token
  const stored = options.store.get(options.api.origin)
  if (stored && expiresAtMs(stored.token) > options.clock.wallMs() + RENEW_BEFORE_MS) return stored.token
  return renewToken(options)
}

/** A new token without the old one: from credentials, else from the refresh token, else from the first-start password. */
async function renewToken(options: SessionOptions): Promise<string> {
  if (options.credentials) return (await login(options.api, options.credentials, options.signal)).token
  const stored = options.store.get(options.api.origin)
  const fresh = (stored && (await refresh(options, stored))) ?? (await firstLogin(options))
  if (!fresh) throw await whyNot(options, stored !== undefined)
  keep(options, fresh)
  return fresh.token
}

/** Nobody can log in where nobody answers: that comes first. */
async function whyNot(options: SessionOptions, had: boolean): Promise<OakError> {
  await httpRequest({
    method: 'GET',
    url: new URL('/api/status', options.api),
    idleMs: IDLE_MS,
    ...(options.signal && { signal: options.signal }),
  })
  const { origin } = options.api
  return new OakError('unauthenticated', had ? `your login at ${origin} has ended` : `you are not logged in at ${origin}`)
}

async function refresh(options: SessionOptions, stored: StoredLogin): Promise<StoredLogin | undefined> {
  if (!stored.refreshToken) return undefined
  const answer = await post(options.api, '/api/auth/refresh', {}, stored.refreshToken, options.signal)
  // Refused: it ended or was revoked. Anything else that is wrong is reported as it is.
  if (answer.status === 401 || answer.status === 403 || answer.status === 422) return undefined
  const body = bodyOf(answer, `cannot renew the login at ${options.api.origin}`)
  return { refreshToken: stored.refreshToken, ...storedLogin(stored.username, body) }
}

async function firstLogin(options: SessionOptions): Promise<StoredLogin | undefined> {
  const password = options.initialPassword()
  if (password === undefined) return undefined
  try {
    return await login(options.api, { username: 'Admin', password }, options.signal)
  } catch (thrown) {
    // The password was changed since: the file no longer speaks for the user.
    if (thrown instanceof OakError && thrown.code === 'unauthenticated') return undefined
    throw thrown
  }
}

/** Stores where it can; a home that cannot be written only costs a login with each command. */
function keep(options: SessionOptions, login: StoredLogin): void {
  try {
    options.store.set(options.api.origin, login)
  } catch {
    return
  }
}

function storedLogin(username: string, body: unknown): StoredLogin {
  if (!isRecord(body) || typeof body['token'] !== 'string') throw new OakError('internal', 'root answered the login without a token')
  const { token, refresh_token: refreshToken } = body
  return { username, token, ...(typeof refreshToken === 'string' && refreshToken !== '' && { refreshToken }) }
}

/** When a JWT ends, 0 for what is none. It is only read to save a request, so its signature does not matter here. */
function expiresAtMs(token: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return isRecord(claims) && typeof claims['exp'] === 'number' ? claims['exp'] * 1000 : 0
  } catch {
    return 0
  }
}
