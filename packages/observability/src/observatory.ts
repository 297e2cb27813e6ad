import { type Clock, type Logger, type MetricFamily, toOakError } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import { alerts } from './alerts/alert.ts'
import { AlertBook } from './alerts/alert-book.ts'
import { Delivery, type Receiver } from './alerts/deliver.ts'
import type { AlertRule } from './alerts/rule.ts'
import { mergedFamilies } from './metrics/render-metrics.ts'
import { openPages, seriesHeads, seriesPages } from './series/series.ts'
import { SeriesStore } from './series/series-store.ts'

/** What an observatory keeps in its store. */
export const OBSERVATORY_COLLECTIONS = [seriesHeads, seriesPages, openPages, alerts] as const

/** Every number as it was at one time. */
export interface Reading {
  readonly timeMs: number
  readonly families: readonly MetricFamily[]
}

/** Somebody who has numbers: a role, the process, the logs. */
export type MetricSource = () => Promise<readonly MetricFamily[]>

export interface ObservatoryOptions {
  readonly store: Store
  readonly sources: readonly MetricSource[]
  readonly rules: readonly AlertRule[]
  readonly receivers: readonly Receiver[]
  /** When all sources are there; until then nothing is compared with rules. At once when absent. */
  readonly isComplete?: Promise<void>
  readonly clock: Clock
  readonly logger: Logger
}

// An alert is to be seen within 15 s of its cause: a lease of 3 s, the time a rule waits, and this.
const LOOK_EVERY_MS = 4_000

/** Looks at the numbers of this process again and again: keeps them, compares them with rules, and tells people. */
export class Observatory implements AsyncDisposable {
  readonly #options: ObservatoryOptions
  readonly series: SeriesStore
  readonly alerts: AlertBook
  readonly #delivery: Delivery
  readonly #listeners = new Set<() => void>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #latest: Reading | undefined
  #gathering: Promise<Reading> | undefined

  private constructor(options: ObservatoryOptions, series: SeriesStore, book: AlertBook) {
    this.#options = options
    this.series = series
    this.alerts = book
    this.#delivery = new Delivery({ ...options, book })
    this.#running = this.#run()
  }

  static async open(options: ObservatoryOptions): Promise<Observatory> {
    const { store, clock, rules } = options
    return new Observatory(options, await SeriesStore.open(store, clock), await AlertBook.open(store, clock, rules))
  }

  /** Every number as it is now. A source that fails keeps no other from being read. */
  async read(): Promise<readonly MetricFamily[]> {
    const { sources, logger } = this.#options
    const read = await Promise.all(
      sources.map((source) =>
        source().catch((thrown: unknown) => {
          logger.debug('some numbers could not be read', { err: toOakError(thrown).message })
          return []
        }),
      ),
    )
    return mergedFamilies(read.flat())
  }

  /** What the last look saw, a few seconds old at most; the same for however many ask. */
  async latest(): Promise<Reading> {
    return this.#latest ?? this.#gather()
  }

  /** Calls `listener` when an alert began to fire or is over. Returns how to unsubscribe. */
  onAlerts(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
    await this.series.flush().catch(() => undefined)
  }

  async #run(): Promise<void> {
    const { clock, logger, isComplete } = this.#options
    // What fired before a restart is not over because nobody who could say so has started yet.
    const stopped = new Promise((resolve) => this.#stop.signal.addEventListener('abort', resolve, { once: true }))
    if (isComplete) await Promise.race([isComplete, stopped])
    while (!this.#stop.signal.aborted) {
      try {
        await this.#look()
      } catch (thrown) {
        // A full disk, for example: what is in memory goes on being compared.
        logger.warn('numbers and alerts could not be kept', { err: toOakError(thrown).message })
      }
      await clock.sleep(LOOK_EVERY_MS, this.#stop.signal).catch(() => undefined)
    }
  }

  #gather(): Promise<Reading> {
    this.#gathering ??= this.#read().finally(() => {
      this.#gathering = undefined
    })
    return this.#gathering
  }

  async #read(): Promise<Reading> {
    const families = await this.read()
    this.#latest = { timeMs: this.#options.clock.wallMs(), families }
    return this.#latest
  }

  async #look(): Promise<void> {
    const { families } = await this.#gather()
    const changed = await this.alerts.look(families)
    for (const { state, severity, summary } of changed) this.#options.logger.info('alert', { state, severity, summary })
    if (changed.length > 0) for (const listener of this.#listeners) listener()
    // Nobody waits for a mail server here.
    void this.#delivery.run()
    await this.series.add(families)
  }
}
