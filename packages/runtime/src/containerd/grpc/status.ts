import { type ErrorCode, OakError } from '@oakestra/base'

/** Codes of gRPC that are told apart. grpc/doc/statuscodes.md. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  1: 'aborted',
  3: 'bad-request',
  4: 'deadline-exceeded',
  5: 'not-found',
  6: 'already-exists',
  7: 'forbidden',
  8: 'resource-exhausted',
  9: 'conflict',
  12: 'not-supported',
  14: 'unavailable',
  16: 'unauthenticated',
}

/** The failure a call ended with. Unknown statuses become `internal`, which is retried. */
export function statusError(status: number, message: string, method: string): OakError {
  const code = CODE_OF_STATUS[status] ?? 'internal'
  const options = code === 'internal' || code === 'aborted' ? { retryable: true } : {}
  return new OakError(code, message || `containerd answered ${method} with status ${status}`, {
    ...options,
    details: { method, grpcStatus: status },
  })
}

/** True for an `OakError` with one of these codes. */
export function hasCode(thrown: unknown, ...codes: readonly ErrorCode[]): thrown is OakError {
  return thrown instanceof OakError && codes.includes(thrown.code)
}

/** Swallows failures with one of these codes, giving `undefined`; passes every other on. */
export function ignoring(...codes: readonly ErrorCode[]): (thrown: unknown) => undefined {
  return (thrown) => {
    if (hasCode(thrown, ...codes)) return undefined
    throw thrown
  }
}
