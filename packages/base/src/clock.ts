/** A pending call that can be called off. Calling off twice, or after it ran, does nothing. */
export interface Timer {
  cancel(): void
}

/** The only source of time. Wall time is for records people read, monotonic time for durations. */
export interface Clock {
  /** Milliseconds since the Unix epoch; may jump in either direction. */
  wallMs(): number
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonicMs(): number
  /** Runs `callback` once after `delayMs`. A pending timer does not keep the process alive. */
  after(delayMs: number, callback: () => void): Timer
  /** Resolves after `delayMs`; rejects with the signal's reason when it is aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

// Node turns longer delays into 1 ms (nodejs.org/api/timers.html#settimeoutcallback-delay-args).
const TIMER_DELAY_MS_MAX = 2 ** 31 - 1

function after(delayMs: number, callback: () => void): Timer {
  const handle = setTimeout(callback, Math.min(Math.max(0, delayMs), TIMER_DELAY_MS_MAX))
  handle.unref()
  return { cancel: () => clearTimeout(handle) }
}

/** Sleeps on any clock: shared by the real and the virtual one. */
export function sleepOn(clock: Pick<Clock, 'after'>, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', cancel)
      resolve()
    })
    const cancel = () => {
      timer.cancel()
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', cancel, { once: true })
  })
}

/** The platform's clock. */
export const realClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after,
  sleep: (delayMs, signal) => sleepOn({ after }, delayMs, signal),
}
