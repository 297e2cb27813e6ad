import { OakError } from '@oakestra/base'
import type { RegistryCredentials } from '../options.ts'
import { httpGet, readBody } from './http.ts'
import { parseObject } from './manifest.ts'

const TOKEN_BYTES_MAX = 256 * 1024

/** What a registry demands before it answers. RFC 9110 section 11.6.1. */
export interface Challenge {
  readonly scheme: string
  readonly parameters: Readonly<Record<string, string>>
}

/** Reads `WWW-Authenticate`. Registries send one challenge. */
export function parseChallenge(header: string): Challenge {
  const [, scheme = '', rest = ''] = /^\s*([A-Za-z]+)\s*(.*)$/s.exec(header) ?? []
  const parameters: Record<string, string> = {}
  for (const [, key = '', quoted, plain] of rest.matchAll(/([a-zA-Z_]+)=(?:"([^"]*)"|([^\s,]+))/g)) {
    parameters[key.toLowerCase()] = quoted ?? plain ?? ''
  }
  return { scheme: scheme.toLowerCase(), parameters }
}

export interface AuthorizeOptions {
  readonly challenge: Challenge
  /** `repository:NAME:pull`, for registries whose challenge does not say. */
  readonly scope: string
  readonly credentials: RegistryCredentials | undefined
  /** False: a token service must speak TLS, for it may be sent a password. */
  readonly allowPlainHttp: boolean
  readonly signal?: AbortSignal | undefined
}

/**
 * Value for the `Authorization` header that answers a challenge; without credentials an anonymous token is asked for.
 * @throws OakError `unauthenticated` when none can be had
 */
export async function authorize(options: AuthorizeOptions): Promise<string> {
  const { challenge, credentials } = options
  if (challenge.scheme === 'basic') {
    if (!credentials) throw new OakError('unauthenticated', 'the registry asks for a name and a password')
    return basic(credentials)
  }
  if (challenge.scheme !== 'bearer')
    throw new OakError('unauthenticated', `the registry asks for the unknown '${challenge.scheme}' authentication`)
  return `Bearer ${await fetchToken(options)}`
}

/** The token flow of the distribution specification. */
async function fetchToken({ challenge, scope, credentials, allowPlainHttp, signal }: AuthorizeOptions): Promise<string> {
  const url = tokenUrl(challenge, scope)
  if (url.protocol !== 'https:' && !allowPlainHttp)
    throw new OakError('unauthenticated', `the registry's token service ${url.host} has no TLS`)
  const headers: Record<string, string> = credentials ? { authorization: basic(credentials) } : {}
  const answer = await httpGet(url, { headers, signal })
  const body = await readBody(answer, TOKEN_BYTES_MAX)
  if (answer.status !== 200) throw new OakError('unauthenticated', `the token service ${url.host} answered ${answer.status}`)
  const document = parseObject(body, 'token')
  const token = document['token'] ?? document['access_token']
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token))
    throw new OakError('unauthenticated', `the token service ${url.host} gave no token`)
  return token
}

function tokenUrl(challenge: Challenge, scope: string): URL {
  const { realm = '', service } = challenge.parameters
  if (!URL.canParse(realm)) throw new OakError('unauthenticated', 'the registry names no token service')
  const url = new URL(realm)
  if (service) url.searchParams.set('service', service)
  url.searchParams.set('scope', challenge.parameters['scope'] ?? scope)
  return url
}

function basic({ username, password }: RegistryCredentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}
