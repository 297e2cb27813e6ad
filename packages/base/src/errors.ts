/**
 * Every way in which an operation can fail that a caller may want to tell apart.
 * The meaning of each, and what a person does about it, is in `docs/errors.md`; a test compares the two.
 */
export type ErrorCode =
  | 'aborted'
  | 'already-exists'
  | 'bad-request'
  | 'conflict'
  | 'deadline-exceeded'
  | 'forbidden'
  | 'image-not-found'
  | 'image-invalid'
  | 'internal'
  | 'limit-exceeded'
  | 'not-found'
  | 'not-supported'
  | 'port-in-use'
  | 'resource-exhausted'
  | 'stale-generation'
  | 'unauthenticated'
  | 'unavailable'

export interface OakErrorOptions {
  /** What went wrong underneath; for logs, never for users. */
  readonly cause?: unknown
  /** True when the same call may succeed later without any change to its input. */
  readonly retryable?: boolean
  /** Machine-readable particulars; must not hold secrets, for they are shown. */
  readonly details?: Readonly<Record<string, unknown>>
}

const RETRYABLE_BY_DEFAULT: ReadonlySet<ErrorCode> = new Set(['unavailable', 'deadline-exceeded', 'resource-exhausted', 'port-in-use'])

/** The base of all expected failures: a stable code for programs, a message for people, a cause for logs. */
export class OakError extends Error {
  override readonly name = 'OakError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: OakErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.retryable = options.retryable ?? RETRYABLE_BY_DEFAULT.has(code)
    this.details = options.details ?? {}
  }
}

/** Wraps anything thrown. An unexpected error becomes `internal` and is retried: it may be a passing fault. */
export function toOakError(thrown: unknown): OakError {
  if (thrown instanceof OakError) return thrown
  if (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError')) {
    const code = thrown.name === 'AbortError' ? 'aborted' : 'deadline-exceeded'
    return new OakError(code, thrown.message, { cause: thrown, retryable: true })
  }
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new OakError('internal', message, { cause: thrown, retryable: true })
}
