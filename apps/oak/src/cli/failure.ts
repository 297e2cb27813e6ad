import { type ErrorCode, toOakError } from '@oakestra/base'

/** What the program ends with. Part of its contract with scripts: `docs/cli.md`. */
export const EXIT = {
  ok: 0,
  /** Something failed that none of the others names. */
  failure: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** Nothing answers at the address. */
  unreachable: 3,
  /** Root said no: not logged in, not allowed, a wrong descriptor, a conflict, no place for an instance. */
  refused: 4,
  notFound: 5,
  /** The time for waiting is over; what was asked for may still happen. */
  timedOut: 6,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** An end of a command that people are told about: what happened, and what to do next. */
export class CliFailure extends Error {
  override readonly name = 'CliFailure'
  readonly exitCode: ExitCode
  /** The next step, where there is one. */
  readonly hint: string | undefined

  constructor(exitCode: ExitCode, message: string, hint?: string) {
    super(message)
    this.exitCode = exitCode
    this.hint = hint
  }
}

const EXIT_OF_CODE: Partial<Record<ErrorCode, ExitCode>> = {
  'already-exists': EXIT.refused,
  'bad-request': EXIT.refused,
  conflict: EXIT.refused,
  'deadline-exceeded': EXIT.timedOut,
  forbidden: EXIT.refused,
  'limit-exceeded': EXIT.refused,
  'not-found': EXIT.notFound,
  'resource-exhausted': EXIT.refused,
  unauthenticated: EXIT.refused,
  unavailable: EXIT.unreachable,
}

const TRY_AGAIN = 'wait a moment and try again'

const HINT_OF_CODE: Partial<Record<ErrorCode, string>> = {
  forbidden: 'log in as a user who may: oak login --username NAME',
  'resource-exhausted': TRY_AGAIN,
  unauthenticated: 'log in with: oak login',
  unavailable: 'start it on this machine with "oak up --detach", or say where it is with --api HOST:PORT or OAK_API',
}

/** Turns anything thrown into an end with a code, a sentence and a next step. */
export function toFailure(thrown: unknown): CliFailure {
  if (isCliFailure(thrown)) return thrown
  const error = toOakError(thrown)
  // Root did answer: what it needs for this does not, such as a cluster that is away.
  if (error.code === 'unavailable' && 'status' in error.details) return new CliFailure(EXIT.refused, error.message, TRY_AGAIN)
  return new CliFailure(EXIT_OF_CODE[error.code] ?? EXIT.failure, error.message, HINT_OF_CODE[error.code])
}

/** The same for what this machine's daemons throw: a wrong token or setting is the caller's, and steps about root's API would mislead. */
export function toLocalFailure(thrown: unknown): CliFailure {
  if (isCliFailure(thrown)) return thrown
  const error = toOakError(thrown)
  const exitCode = error.code === 'bad-request' ? EXIT.usage : (EXIT_OF_CODE[error.code] ?? EXIT.failure)
  return new CliFailure(exitCode, error.message)
}

/** The daemons are a bundle of their own, with a class of their own by this name. */
function isCliFailure(thrown: unknown): thrown is CliFailure {
  return thrown instanceof CliFailure || (thrown instanceof Error && thrown.name === 'CliFailure' && 'exitCode' in thrown)
}
