import { ApiError, type ServerEvent } from '@oakestra/api-client'
import type { Clock, Timer } from '@oakestra/base'
import type { LiveState } from '../../live/live-hub.ts'
import type { Alert, MetricFamily } from '../types.ts'

/** What is known of the control plane now. */
export interface Beat {
  readonly state: LiveState | { readonly kind: 'forbidden' }
  readonly timeMs: number | undefined
  readonly families: readonly MetricFamily[]
  /** Pending and firing, the most urgent first; undefined until it was told. */
  readonly alerts: readonly Alert[] | undefined
  /** How many times numbers arrived; what reads courses over time reads them again then. */
  readonly count: number
}

export interface PulseDeps {
  readonly clock: Clock
  readonly open: (signal: AbortSignal, heard: () => void) => AsyncIterable<ServerEvent>
}

/** Numbers come every 5 s. Longer than this means that the connection does not stand, whatever the browser believes. */
const SILENCE_MAX_MS = 20_000
const RETRY_MS = [500, 1_000, 2_000, 4_000] as const

/** Keeps the stream of numbers and alerts open, and says when it is not. */
export class Pulse {
  readonly #deps: PulseDeps
  readonly #listeners = new Set<() => void>()
  #beat: Beat = { state: { kind: 'connecting' }, timeMs: undefined, families: [], alerts: undefined, count: 0 }
  #stop: AbortController | undefined
  #connection: AbortController | undefined
  #watch: Timer | undefined
  #wake: (() => void) | undefined

  constructor(deps: PulseDeps) {
    this.#deps = deps
  }

  beat(): Beat {
    return this.#beat
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  start(): void {
    if (this.#stop) return
    this.#stop = new AbortController()
    void this.#run(this.#stop.signal)
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = undefined
    this.#watch?.cancel()
  }

  /** Tries at once, since somebody asked. */
  retryNow(): void {
    this.#connection?.abort()
    this.#wake?.()
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const countBefore = this.#beat.count
      const thrown: unknown = await this.#connect(signal).catch((problem: unknown) => problem)
      if (signal.aborted) return
      this.#lost(thrown)
      if (this.#beat.count > countBefore) failures = 0
      await this.#pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0, signal)
    }
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const connection = new AbortController()
    this.#connection = connection
    const heard = () => {
      this.#watch?.cancel()
      this.#watch = this.#deps.clock.after(SILENCE_MAX_MS, () => connection.abort())
    }
    heard()
    try {
      for await (const event of this.#deps.open(AbortSignal.any([signal, connection.signal]), heard)) this.#take(event)
    } finally {
      this.#watch?.cancel()
    }
  }

  #take({ type, data }: ServerEvent): void {
    if (type === 'metrics') {
      const { timeMs, now } = JSON.parse(data) as { readonly timeMs: number; readonly now: readonly MetricFamily[] }
      this.#set({ state: { kind: 'live' }, timeMs, families: now, count: this.#beat.count + 1 })
    } else if (type === 'alerts') this.#set({ alerts: JSON.parse(data) as readonly Alert[] })
  }

  #lost(thrown: unknown): void {
    if (thrown instanceof ApiError && thrown.status === 403) return this.#set({ state: { kind: 'forbidden' } })
    if (this.#beat.state.kind === 'stale') return
    this.#set({ state: { kind: 'stale', sinceMs: this.#beat.timeMs ?? this.#deps.clock.wallMs() } })
  }

  #pause(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#deps.clock.after(delayMs, resolve)
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
      signal.addEventListener('abort', this.#wake, { once: true })
    })
  }

  #set(part: Partial<Beat>): void {
    this.#beat = { ...this.#beat, ...part }
    for (const listener of this.#listeners) listener()
  }
}
