import { STATUS_CODES } from 'node:http'
import { type ErrorCode, LIMITS, OakError, toOakError } from '@oakestra/base'

/** What a kind of failure is in HTTP; the same as in root's API. */
const STATUS_OF: Partial<Record<ErrorCode, number>> = {
  aborted: 503,
  'already-exists': 409,
  'bad-request': 400,
  conflict: 409,
  'deadline-exceeded': 504,
  forbidden: 403,
  'limit-exceeded': 413,
  'not-found': 404,
  'not-supported': 501,
  'resource-exhausted': 429,
  unauthenticated: 401,
  unavailable: 503,
}

/** Failures of the HTTP layer itself that a client may see, in our words. */
const HTTP_LAYER: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['limit-exceeded', `the body is too large: ${LIMITS.requestBodyBytes} bytes are taken`],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['bad-request', 'the body is not as long as its Content-Length says'],
  FST_ERR_BAD_URL: ['bad-request', 'the address is not well-formed'],
  FST_ERR_MAX_PARAM_LENGTH: ['not-found', 'a part of the address is too long'],
}

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** As in root's API. */
  readonly body: { readonly code: number; readonly status: string; readonly message: string; readonly errors?: readonly unknown[] }
}

/** The answer to a request that failed. Texts of unexpected failures are for the log. */
export function errorAnswer(thrown: unknown): ErrorAnswer {
  const failure = ofHttpLayer(thrown) ?? toOakError(thrown)
  const { violations, status: wanted, retryAfterS } = failure.details
  const code = typeof wanted === 'number' ? wanted : (STATUS_OF[failure.code] ?? 500)
  const message = code === 500 ? 'the cluster failed inside; its log tells why' : failure.message
  const headers = {
    ...(typeof retryAfterS === 'number' && { 'retry-after': String(retryAfterS) }),
    ...(code === 401 && { 'www-authenticate': 'Bearer' }),
  }
  const errors = Array.isArray(violations) ? { errors: violations } : {}
  return { status: code, headers, body: { code, status: STATUS_CODES[code] ?? 'Error', message, ...errors } }
}

function ofHttpLayer(thrown: unknown): OakError | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  const known = HTTP_LAYER[String(thrown.code)]
  return known && new OakError(known[0], known[1], { cause: thrown })
}
