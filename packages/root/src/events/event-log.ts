import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import type { Reader, Store } from '@oakestra/store'
import type { EventLimits } from './event-limits.ts'
import { events, NUMBERS_PER_MS, type StoredEvent } from './events.ts'

/** Events after which the oldest are looked at again: pruning comes in batches. */
const PRUNE_EVERY = 500
/** Looked at in one transaction, so that others are not kept waiting. */
const PRUNE_BATCH = 500
/** A quiet root forgets, too. */
const PRUNE_PERIOD_MS = 3_600_000

type Listener = (events: readonly StoredEvent[]) => void

export interface EventLogOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: EventLimits
}

/** Numbers events, tells those who watch of what was committed, and forgets what is too old. */
export class EventLog {
  readonly #options: EventLogOptions
  readonly #listeners = new Set<Listener>()
  #last: number
  #kept: number
  #sincePruned = 0
  #timer: Timer | undefined

  private constructor(options: EventLogOptions, last: number, kept: number) {
    this.#options = options
    this.#last = last
    this.#kept = kept
  }

  static async open(options: EventLogOptions): Promise<EventLog> {
    const [newest, kept] = await options.store.read((reader) => Promise.all([newestEvent(reader), reader.count(events)]))
    return new EventLog(options, newest ? Number(newest.id) : 0, kept)
  }

  /** A number greater than every one before: the time, and where that stands still or goes back, the next. */
  nextNumber(timeMs: number): number {
    this.#last = Math.max(this.#last + 1, timeMs * NUMBERS_PER_MS)
    return this.#last
  }

  nowMs(): number {
    return this.#options.clock.wallMs()
  }

  /** Calls `listener` with what was committed, in the order of ids. Returns how to leave. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** To be told of every event that is committed. */
  committed(all: readonly StoredEvent[]): void {
    if (all.length === 0) return
    this.#kept += all.length
    this.#sincePruned += all.length
    for (const listener of this.#listeners) listener(all)
    if (this.#sincePruned >= PRUNE_EVERY) this.#pruneSoon()
  }

  /** Looks after the limits from now on. */
  keepBounded(): void {
    this.#timer = this.#options.clock.after(PRUNE_PERIOD_MS, () => {
      this.keepBounded()
      this.#pruneSoon()
    })
  }

  /** Removes what is beyond the limits. Costs as much as it removes. */
  async prune(): Promise<void> {
    this.#sincePruned = 0
    let isMoreToRemove = true
    while (isMoreToRemove) isMoreToRemove = await this.#pruneBatch()
  }

  close(): void {
    this.#timer?.cancel()
    this.#listeners.clear()
  }

  #pruneSoon(): void {
    this.prune().catch((thrown: unknown) => this.#options.logger.debug('old events stay for now', { err: toOakError(thrown).message }))
  }

  async #pruneBatch(): Promise<boolean> {
    const { store, limits, clock } = this.#options
    const oldestMs = clock.wallMs() - limits.keptMs
    const removed = await store.write(async (writer) => {
      const oldest = await writer.list(events, { limit: PRUNE_BATCH })
      const surplus = this.#kept - limits.keptMax
      const gone = oldest.filter(({ timeMs }, index) => index < surplus || timeMs < oldestMs)
      for (const { id } of gone) await writer.remove(events, id)
      return gone.length
    })
    this.#kept -= removed
    return removed === PRUNE_BATCH
  }
}

async function newestEvent(reader: Reader): Promise<StoredEvent | undefined> {
  const [newest] = await reader.list(events, { index: 'newest', limit: 1 })
  return newest
}
