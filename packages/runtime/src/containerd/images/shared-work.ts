import { OakError } from '@oakestra/base'

interface Entry<Progress, Result> {
  readonly listeners: Set<(progress: Progress) => void>
  readonly abort: AbortController
  readonly promise: Promise<Result>
  /** For those who come later. */
  last: Progress | undefined
}

/**
 * Lets everyone who asks for the same thing at the same time share one piece of work.
 * Each may leave by its own signal; when the last has left, the work is called off.
 */
export class SharedWork<Progress, Result> {
  readonly #entries = new Map<string, Entry<Progress, Result>>()
  readonly #work: (key: string, onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>

  constructor(work: (key: string, onProgress: (progress: Progress) => void, signal: AbortSignal) => Promise<Result>) {
    this.#work = work
  }

  /** @throws OakError `aborted` when `signal` is; otherwise what the work throws */
  async join(key: string, onProgress: (progress: Progress) => void, signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted) throw calledOff(signal)
    const entry = this.#entries.get(key) ?? this.#begin(key)
    // A wrapper of its own: the same function may join twice.
    const listener = (progress: Progress) => onProgress(progress)
    if (entry.last !== undefined) listener(entry.last)
    entry.listeners.add(listener)
    try {
      return await untilAborted(entry.promise, signal)
    } finally {
      entry.listeners.delete(listener)
      if (entry.listeners.size === 0) {
        if (this.#entries.get(key) === entry) this.#entries.delete(key)
        entry.abort.abort()
      }
    }
  }

  /** Ends all work; those who wait for it are told. */
  abortAll(): void {
    for (const entry of this.#entries.values()) entry.abort.abort()
  }

  #begin(key: string): Entry<Progress, Result> {
    const listeners = new Set<(progress: Progress) => void>()
    const abort = new AbortController()
    const tell = (progress: Progress) => {
      entry.last = progress
      for (const listener of listeners) listener(progress)
    }
    const promise = Promise.resolve().then(() => this.#work(key, tell, abort.signal))
    const entry: Entry<Progress, Result> = { listeners, abort, promise, last: undefined }
    promise.catch(() => undefined)
    this.#entries.set(key, entry)
    return entry
  }
}

function untilAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const leave = () => reject(calledOff(signal))
    signal.addEventListener('abort', leave, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}

function calledOff(signal: AbortSignal): OakError {
  return new OakError('aborted', 'the operation was called off', { cause: signal.reason })
}
