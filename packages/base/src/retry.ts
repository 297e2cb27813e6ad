import type { Clock } from './clock.ts'
import { toOakError } from './errors.ts'
import type { Random } from './random.ts'

export interface BackoffOptions {
  readonly firstMs: number
  readonly maxMs: number
}

/** Doubling delay with full jitter on the upper half, so that many children of one parent do not return at once. */
export function backoffMs(attempt: number, options: BackoffOptions, random: Random): number {
  const ceiling = Math.min(options.maxMs, options.firstMs * 2 ** Math.min(attempt, 30))
  return ceiling / 2 + (ceiling / 2) * random.next()
}

export interface RetryOptions extends BackoffOptions {
  readonly attempts: number
  readonly clock: Clock
  readonly random: Random
  readonly signal?: AbortSignal
}

/** Repeats an idempotent call while it fails with a retryable error. For edges only: reconcilers have their own rhythm. */
export async function retry<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await call()
    } catch (thrown) {
      if (!toOakError(thrown).retryable || attempt + 1 >= options.attempts) throw thrown
      await options.clock.sleep(backoffMs(attempt, options, options.random), options.signal)
    }
  }
}
