import type { Clock } from './clock.ts'
import { OakError } from './errors.ts'

/** Throws the signal's reason as an `OakError` when it is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new OakError('aborted', 'the operation was called off', { cause: signal.reason })
}

/** Calls `callback` once when the signal is aborted, at once when it already is. Returns how to unsubscribe. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback()
    return () => undefined
  }
  signal.addEventListener('abort', callback, { once: true })
  return () => signal.removeEventListener('abort', callback)
}

/**
 * Gives a promise a deadline. The work itself is not stopped: pass it the same deadline where it can be.
 * @throws OakError `deadline-exceeded`, naming `what` and the time allowed
 */
export function withDeadline<T>(promise: Promise<T>, timeoutMs: number, what: string, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(timeoutMs, () => reject(new OakError('deadline-exceeded', `${what} took longer than ${timeoutMs} ms`)))
    promise.then(resolve, reject).finally(() => timer.cancel())
  })
}
