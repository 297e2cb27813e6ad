import type { Clock } from '@oakestra/base'

/** The browser's clock. The one of `base` keeps processes from waiting for timers, which pages do not know. */
export const pageClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
  sleep: (delayMs, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const timer = pageClock.after(delayMs, () => {
        signal?.removeEventListener('abort', cancel)
        resolve()
      })
      const cancel = () => {
        timer.cancel()
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', cancel, { once: true })
    }),
}
