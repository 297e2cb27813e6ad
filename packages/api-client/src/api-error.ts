import { type ErrorCode, OakError } from '@oakestra/base'
import type { FetchAnswer } from './fetch.ts'
import type { Error as ErrorBody } from './generated/types.ts'

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'bad-request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  409: 'conflict',
  413: 'limit-exceeded',
  415: 'bad-request',
  422: 'bad-request',
  429: 'resource-exhausted',
  501: 'not-supported',
  502: 'unavailable',
  503: 'unavailable',
  504: 'deadline-exceeded',
}

/** What a status other than a good one means. */
export function codeOfStatus(status: number): ErrorCode {
  return CODE_OF_STATUS[status] ?? 'internal'
}

/** One thing that is wrong with what was sent. */
export type Violation = NonNullable<ErrorBody['errors']>[number]

/** What the server said against a call, in its own words. `details` holds the rest of its answer. */
export class ApiError extends OakError {
  /** The HTTP status. */
  readonly status: number
  /** Everything that is wrong with the body or the query; empty when the message says it all. */
  readonly violations: readonly Violation[]

  constructor(status: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(codeOfStatus(status), message, { details: { ...details, status } })
    this.status = status
    this.violations = violationsOf(details['errors'])
  }
}

/** Longer texts are pages of something that stands in between. */
const TEXT_LENGTH_MAX = 500

/** Reads a refusal. What is none of ours, such as the page of a proxy, is told by its status. */
export async function refusalOf(answer: FetchAnswer): Promise<ApiError> {
  const body = parseJson(await answer.text())
  if (!isRecord(body)) {
    const said = typeof body === 'string' && body !== '' && body.length < TEXT_LENGTH_MAX ? body : undefined
    return new ApiError(answer.status, said ?? `the server answered with status ${answer.status}`)
  }
  const { message, code: _code, status: _status, ...details } = body
  const said = typeof message === 'string' && message !== '' ? message : `the server answered with status ${answer.status}`
  return new ApiError(answer.status, said, details)
}

/** JSON, or the text where it is none. */
export function parseJson(text: string): unknown {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function violationsOf(errors: unknown): readonly Violation[] {
  if (!Array.isArray(errors)) return []
  return errors.filter(isRecord).map(({ path, expected, found }) => ({ path: text(path), expected: text(expected), found: text(found) }))
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
