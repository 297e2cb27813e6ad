import { setMaxListeners } from 'node:events'
import { type BackoffOptions, backoffMs, type Clock, type Logger, type Random, type Timer, toOakError } from '@oakestra/base'
import { nextStep, type RunResult } from './next-step.ts'
import type { Controller, ControllerStatus, KeyStatus, Reconciler } from './reconciler.ts'

export interface ControllerOptions<Key extends string = string> {
  /** For logs and status: `instances`, `cluster-placement`. */
  readonly name: string
  readonly reconciler: Reconciler<Key>
  /** Keys that are worked on at the same time. */
  readonly concurrency: number
  /** How often every key is visited without a nudge. */
  readonly resyncMs: number
  /** Delay of retries of one key; `firstMs` is also the least time between a failure and the next run, nudged or not. */
  readonly backoff: BackoffOptions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * Starts a loop that visits every key once at the beginning, on each nudge and on a period.
 * A key never runs twice at once. Dispose it to abort the signal of what runs and to wait for its end.
 */
export function createController<Key extends string>(options: ControllerOptions<Key>): Controller<Key> {
  const controller = new KeyedController(options)
  controller.start()
  return controller
}

interface Entry {
  phase: KeyStatus['phase']
  failures: number
  reason: string | undefined
  /** Asked for again while it was running. */
  isNudged: boolean
  failedAtMs: number
  timer: Timer | undefined
}

class KeyedController<Key extends string> implements Controller<Key> {
  readonly #options: ControllerOptions<Key>
  readonly #logger: Logger
  /** Keys that exist, or that something is still to be done about. */
  readonly #entries = new Map<Key, Entry>()
  /** In the order of asking. Holds a key once, so it never outgrows `#entries`. */
  readonly #queue = new Set<Key>()
  readonly #running = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  readonly #idleWaiters: (() => void)[] = []
  #resyncTimer: Timer | undefined
  #resyncFailures = 0
  #listings = 0
  #isPumpDue = false
  #runs = 0
  #failures = 0
  #lastRunAtMs: number | undefined

  constructor(options: ControllerOptions<Key>) {
    this.#options = options
    this.#logger = options.logger.child({ controller: options.name })
    // Each of many keys that are worked on listens to it.
    setMaxListeners(0, this.#stop.signal)
  }

  start(): void {
    void this.#resync()
  }

  nudge(key: Key): void {
    if (this.#stop.signal.aborted) return
    const entry = this.#entries.get(key)
    if (entry?.phase === 'running') entry.isNudged = true
    else if (entry && entry.failures > 0 && entry.phase !== 'queued') this.#runAfterFailure(key, entry)
    else this.#enqueue(key)
  }

  nudgeAll(): void {
    for (const [key, entry] of this.#entries) if (entry.phase !== 'settled') this.nudge(key)
    void this.#visit((key) => this.nudge(key)).catch((err: unknown) => this.#logger.warn('cannot list the keys to visit', { err }))
  }

  status(): ControllerStatus {
    const keys = [...this.#entries].map(([key, { phase, failures, reason }]) =>
      reason === undefined ? { key, phase, failures } : { key, phase, failures, reason },
    )
    const counts = { name: this.#options.name, runs: this.#runs, failures: this.#failures, keys }
    return this.#lastRunAtMs === undefined ? counts : { ...counts, lastRunAtMs: this.#lastRunAtMs }
  }

  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve)
      this.#resolveWhenIdle()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#resyncTimer?.cancel()
    for (const entry of this.#entries.values()) entry.timer?.cancel()
    this.#queue.clear()
    await Promise.all(this.#running)
    this.#resolveWhenIdle()
  }

  /** Visits what exists; a failed listing is repeated sooner than the period. */
  async #resync(): Promise<void> {
    const { backoff, clock, random, resyncMs } = this.#options
    let delayMs = resyncMs
    try {
      await this.#visit((key) => this.#resyncKey(key), { forgetOthers: true })
      this.#resyncFailures = 0
    } catch (err) {
      delayMs = Math.min(resyncMs, backoffMs(this.#resyncFailures, backoff, random))
      this.#resyncFailures += 1
      this.#logger.warn('cannot list the keys to visit', { err, delayMs })
    }
    if (!this.#stop.signal.aborted) this.#resyncTimer = clock.after(delayMs, () => void this.#resync())
  }

  async #visit(visitKey: (key: Key) => void, { forgetOthers = false } = {}): Promise<void> {
    this.#listings += 1
    try {
      // What becomes known during the listing may be missing from it.
      const before = forgetOthers ? this.#finishedKeys() : []
      // Not before whoever creates this controller is done with its wiring.
      const keys = await Promise.resolve().then(() => this.#options.reconciler.keys())
      if (this.#stop.signal.aborted) return
      this.#forget(before, new Set(keys))
      for (const key of keys) visitKey(key)
    } finally {
      this.#listings -= 1
      this.#resolveWhenIdle()
    }
  }

  /** The period is for lost nudges: it neither shortens a backoff nor wakes what only a nudge shall wake. */
  #resyncKey(key: Key): void {
    const phase = this.#entries.get(key)?.phase
    if (phase === undefined || phase === 'settled' || phase === 'waiting') this.#enqueue(key)
  }

  #finishedKeys(): Key[] {
    return [...this.#entries].filter(([, entry]) => isFinished(entry)).map(([key]) => key)
  }

  /** Keys that are gone and need nothing cost no memory. */
  #forget(candidates: readonly Key[], existing: ReadonlySet<Key>): void {
    for (const key of candidates) {
      const entry = this.#entries.get(key)
      if (entry && isFinished(entry) && !existing.has(key)) this.#entries.delete(key)
    }
  }

  #enqueue(key: Key): void {
    const entry = this.#entries.get(key) ?? newEntry()
    entry.timer?.cancel()
    entry.timer = undefined
    entry.phase = 'queued'
    this.#entries.set(key, entry)
    this.#queue.add(key)
    this.#pumpSoon()
  }

  /**
   * A nudge cuts a backoff short, but not below its first step: a reconciler whose own report of a failure
   * nudges it would otherwise run without a pause.
   */
  #runAfterFailure(key: Key, entry: Entry): void {
    const { backoff, clock } = this.#options
    const delayMs = entry.failedAtMs + backoff.firstMs - clock.monotonicMs()
    if (delayMs <= 0) this.#enqueue(key)
    else this.#enqueueAfter(key, entry, delayMs)
  }

  #enqueueAfter(key: Key, entry: Entry, delayMs: number): void {
    entry.timer?.cancel()
    entry.timer = this.#options.clock.after(delayMs, () => this.#enqueue(key))
  }

  /** After the current synchronous work, so that a burst of nudges is one run and a nudge never runs code of others. */
  #pumpSoon(): void {
    if (this.#isPumpDue) return
    this.#isPumpDue = true
    queueMicrotask(() => {
      this.#isPumpDue = false
      this.#pump()
    })
  }

  #pump(): void {
    for (const key of this.#queue) {
      if (this.#running.size >= this.#options.concurrency) return
      this.#queue.delete(key)
      this.#begin(key)
    }
    this.#resolveWhenIdle()
  }

  #begin(key: Key): void {
    const entry = this.#entries.get(key) ?? newEntry()
    entry.phase = 'running'
    entry.isNudged = false
    this.#runs += 1
    this.#lastRunAtMs = this.#options.clock.wallMs()
    const run = this.#run(key).then((result) => {
      this.#running.delete(run)
      this.#finish(key, entry, result)
    })
    this.#running.add(run)
  }

  async #run(key: Key): Promise<RunResult> {
    try {
      return await this.#options.reconciler.reconcile(key, this.#stop.signal)
    } catch (thrown) {
      return { state: 'failed', error: toOakError(thrown) }
    }
  }

  #finish(key: Key, entry: Entry, result: RunResult): void {
    if (this.#stop.signal.aborted) return
    const { backoff, clock, random } = this.#options
    const step = nextStep(result, entry.failures, backoff, random)
    entry.phase = step.phase
    entry.failures = step.failures
    entry.reason = step.reason
    if (result.state === 'failed') {
      this.#failures += 1
      entry.failedAtMs = clock.monotonicMs()
      this.#logger.warn(LOG_OF_FAILURE[step.phase] ?? '', { key, err: result.error, failures: step.failures, delayMs: step.delayMs })
    }
    if (step.delayMs !== undefined) this.#enqueueAfter(key, entry, step.delayMs)
    if (entry.isNudged) this.nudge(key)
    this.#pumpSoon()
  }

  #resolveWhenIdle(): void {
    const isBusy = this.#queue.size > 0 || this.#running.size > 0 || this.#listings > 0
    if (isBusy && !this.#stop.signal.aborted) return
    for (const resolve of this.#idleWaiters.splice(0)) resolve()
  }
}

const LOG_OF_FAILURE: Readonly<Record<string, string>> = {
  failing: 'reconciling failed and is tried again',
  stuck: 'reconciling is refused until something changes',
}

function newEntry(): Entry {
  return { phase: 'queued', failures: 0, reason: undefined, isNudged: false, failedAtMs: 0, timer: undefined }
}

/** Nothing happens with it by itself. */
function isFinished(entry: Entry): boolean {
  return (entry.phase === 'settled' || entry.phase === 'stuck') && entry.timer === undefined
}
