import type { Clock, Timer } from '@oakestra/base'
import type { RecordedEvent } from '@oakestra/model'
import type { AlertStore, FiringAlerts } from './alert-store.ts'
import type { Load, Sample, SampleStore } from './samples.ts'
import { type CacheKey, staleKeys } from './stale-keys.ts'

export type LiveState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** What is shown may be old since then, by the wall clock. */
  | { readonly kind: 'stale'; readonly sinceMs: number }

/** A piece of news, as root's stream tells it. */
export type News =
  | { readonly type: 'event'; readonly id: string; readonly event: RecordedEvent }
  | { readonly type: 'sample'; readonly instanceId: string; readonly sample: Sample }
  /** Of a node or a cluster. */
  | { readonly type: 'load'; readonly id: string; readonly load: Load }
  | { readonly type: 'alerts'; readonly alerts: FiringAlerts }
  /** Events were missed: everything may have changed. */
  | { readonly type: 'gap' }

export interface LiveDeps {
  readonly clock: Clock
  readonly samples: SampleStore
  readonly loads: SampleStore<Load>
  readonly alerts: AlertStore
  /** Opens the stream; `heard` is called for every piece that arrives, also those that are only a sign of life. */
  readonly open: (lastEventId: string | undefined, signal: AbortSignal, heard: () => void) => AsyncIterable<News>
  /** Called with what is out of date; an empty list means everything. */
  readonly onStale: (keys: readonly CacheKey[]) => void
}

/** Root sends a sign of life more often than this. */
const SILENCE_MAX_MS = 40_000
/** Events of one change come in a row: what they make stale is asked for once. */
const GATHER_MS = 120
const RETRY_MS = [500, 1_000, 2_000, 4_000, 8_000] as const
/** Newest events kept for pages that show them. */
const RECENT_MAX = 500

/** Keeps one stream of events open for the whole page, and says when it is not. */
export class LiveHub {
  readonly #deps: LiveDeps
  readonly #stateListeners = new Set<() => void>()
  readonly #eventListeners = new Set<(event: RecordedEvent) => void>()
  readonly #stale = new Map<string, CacheKey>()
  #recent: readonly RecordedEvent[] = []
  #state: LiveState = { kind: 'connecting' }
  #stop: AbortController | undefined
  #connection: AbortController | undefined
  #watch: Timer | undefined
  #gather: Timer | undefined
  #lastEventId: string | undefined

  constructor(deps: LiveDeps) {
    this.#deps = deps
  }

  state(): LiveState {
    return this.#state
  }

  /** The newest events since this page was opened, the oldest first. */
  recent(): readonly RecordedEvent[] {
    return this.#recent
  }

  onState(changed: () => void): () => void {
    this.#stateListeners.add(changed)
    return () => this.#stateListeners.delete(changed)
  }

  onEvent(happened: (event: RecordedEvent) => void): () => void {
    this.#eventListeners.add(happened)
    return () => this.#eventListeners.delete(happened)
  }

  start(): void {
    if (this.#stop) return
    this.#stop = new AbortController()
    void this.#run(this.#stop.signal)
  }

  stop(): void {
    this.#stop?.abort()
    this.#stop = undefined
    this.#connection?.abort()
    this.#watch?.cancel()
    this.#gather?.cancel()
    this.#lastEventId = undefined
    this.#recent = []
    this.#setState({ kind: 'connecting' })
  }

  /** Tries at once, for example since somebody asked, or the computer woke up. */
  retryNow(): void {
    this.#connection?.abort()
    this.#wake?.()
  }

  #wake: (() => void) | undefined

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      const began = this.#deps.clock.monotonicMs()
      await this.#connect(signal).catch(() => undefined)
      if (signal.aborted) return
      this.#becomeStale()
      // A connection that held for a while was a good one: the next failure counts from the beginning.
      if (this.#deps.clock.monotonicMs() - began > SILENCE_MAX_MS) failures = 0
      await this.#pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0, signal)
    }
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

  async #connect(signal: AbortSignal): Promise<void> {
    const connection = new AbortController()
    this.#connection = connection
    const heard = () => this.#heard(connection)
    this.#watchSilence(connection)
    try {
      for await (const news of this.#deps.open(this.#lastEventId, AbortSignal.any([signal, connection.signal]), heard)) this.#take(news)
    } finally {
      this.#watch?.cancel()
    }
  }

  #heard(connection: AbortController): void {
    this.#watchSilence(connection)
    if (this.#state.kind === 'live') return
    // Between the last look and this connection things may have happened that no event will tell of.
    if (this.#state.kind === 'stale') this.#deps.onStale([])
    this.#setState({ kind: 'live' })
  }

  #watchSilence(connection: AbortController): void {
    this.#watch?.cancel()
    this.#watch = this.#deps.clock.after(SILENCE_MAX_MS, () => connection.abort())
  }

  #take(news: News): void {
    if (news.type === 'sample') return this.#deps.samples.add(news.instanceId, news.sample)
    if (news.type === 'load') return this.#deps.loads.add(news.id, news.load)
    if (news.type === 'alerts') return this.#deps.alerts.set(news.alerts)
    if (news.type === 'gap') {
      this.#lastEventId = undefined
      return this.#deps.onStale([])
    }
    this.#lastEventId = news.id
    this.#recent = [...this.#recent.slice(-RECENT_MAX + 1), news.event]
    for (const key of staleKeys(news.event)) this.#stale.set(key.join('/'), key)
    this.#gather ??= this.#deps.clock.after(GATHER_MS, () => this.#flush())
    for (const listener of this.#eventListeners) listener(news.event)
  }

  #flush(): void {
    this.#gather = undefined
    const keys = [...this.#stale.values()]
    this.#stale.clear()
    if (keys.length > 0) this.#deps.onStale(keys)
  }

  #becomeStale(): void {
    if (this.#state.kind !== 'stale') this.#setState({ kind: 'stale', sinceMs: this.#deps.clock.wallMs() })
  }

  #setState(state: LiveState): void {
    this.#state = state
    // What was firing when the stream broke off may be over.
    if (state.kind !== 'live') this.#deps.alerts.set(undefined)
    for (const listener of this.#stateListeners) listener()
  }
}
