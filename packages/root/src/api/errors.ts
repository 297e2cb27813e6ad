import { STATUS_CODES } from 'node:http'
import { type ErrorCode, LIMITS, OakError } from '@oakestra/base'
import type { Violation } from '@oakestra/sla'
import { z } from 'zod'
import { etagOf } from './versions/version.ts'

/** The one place where a kind of failure becomes an HTTP status. */
const STATUS_OF: Readonly<Record<ErrorCode, number>> = {
  aborted: 503,
  'already-exists': 409,
  'bad-request': 400,
  conflict: 409,
  'deadline-exceeded': 504,
  forbidden: 403,
  'image-not-found': 422,
  'image-invalid': 422,
  internal: 500,
  'limit-exceeded': 413,
  'not-found': 404,
  'not-supported': 501,
  'port-in-use': 409,
  'resource-exhausted': 429,
  'stale-generation': 409,
  unauthenticated: 401,
  unavailable: 503,
}

export const errorSchema = z
  .object({
    code: z.int().describe('The HTTP status.'),
    status: z.string().describe('Its name.'),
    message: z.string().describe('What went wrong and what to do, for people.'),
    version: z.string().optional().describe('The present version of what was changed meanwhile.'),
    errors: z.array(z.object({ path: z.string(), expected: z.string(), found: z.string() })).optional(),
  })
  .meta({ id: 'Error' })
export type ErrorBody = z.infer<typeof errorSchema>

export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ErrorBody
}

/** A refused document: everything that is wrong with it; the first of it in the message, which is all some clients show. */
export function refusal(violations: readonly Violation[], status = 400): OakError {
  const [first] = violations
  const rest = violations.length > 1 ? ` (and ${violations.length - 1} more)` : ''
  const message = first ? `${first.path}: expected ${first.expected}, found ${first.found}${rest}` : 'the document is not valid'
  return new OakError('bad-request', message, { details: { violations, status } })
}

/** Turns a failure into the answer of the API. Texts of unexpected failures stay in the log, under `requestId`. */
export function errorAnswer(failure: OakError, requestId: string): ErrorAnswer {
  const { violations, status: wanted, retryAfterS, version } = failure.details
  const status = typeof wanted === 'number' ? wanted : STATUS_OF[failure.code]
  const message = failure.code === 'internal' ? `the root failed inside; its log tells why at request ${requestId}` : failure.message
  const retry: Record<string, string> = typeof retryAfterS === 'number' ? { 'retry-after': String(retryAfterS) } : {}
  const login: Record<string, string> = status === 401 ? { 'www-authenticate': 'Bearer' } : {}
  const errors = Array.isArray(violations) ? { errors: violations } : {}
  const present = typeof version === 'string' ? { version } : {}
  const etag: Record<string, string> = typeof version === 'string' ? { etag: etagOf(version) } : {}
  const name = STATUS_CODES[status] ?? 'Error'
  return { status, headers: { ...retry, ...login, ...etag }, body: { code: status, status: name, message, ...present, ...errors } }
}

/** Failures of the HTTP layer itself that a client may see, in our words. */
const HTTP_LAYER: Readonly<Record<string, { readonly code: ErrorCode; readonly message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'limit-exceeded', message: `the body is too large: ${LIMITS.requestBodyBytes} bytes are taken` },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'bad-request', message: 'the body is not as long as its Content-Length says' },
  FST_ERR_BAD_URL: { code: 'bad-request', message: 'the address is not well-formed' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not-found', message: 'a part of the address is too long' },
  FST_ERR_ASYNC_CONSTRAINT: { code: 'bad-request', message: 'the request cannot be routed' },
}

/** The failure behind a thrown value of the HTTP layer, or undefined when it is none of them. */
export function httpLayerFailure(thrown: unknown): OakError | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  const known = HTTP_LAYER[String(thrown.code)]
  return known && new OakError(known.code, known.message, { cause: thrown })
}
