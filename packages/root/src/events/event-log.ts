import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import type { Reader, Store } from '@oakestra/store'
import type { EventLimits } from './event-limits.ts'
import { eventId, events, NUMBERS_PER_MS, type StoredEvent } from './events.ts'

/** Events after which the oldest are looked at again: pruning comes in batches. */
const PRUNE_EVERY = 500
/** Looked at in one transaction, so that others are not kept waiting. */
const PRUNE_BATCH = 500
/** A quiet root forgets, too. */
const PRUNE_PERIOD_MS = 3_600_000

/** The newest events stay in memory for those who watch, so that each of them need not ask the store. */
const RECENT_MAX = 1_000

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
  /** Every event behind `#recentFrom`, in order. */
  #recent: StoredEvent[] = []
  #recentFrom: string
  #last: number
  #kept: number
  #sincePruned = 0
  #timer: Timer | undefined
  /** Two at once would both remove what is too many. */
  #pruning: Promise<void> | undefined

  private constructor(options: EventLogOptions, last: number, kept: number) {
    this.#options = options
    this.#last = last
    this.#recentFrom = eventId(last)
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

  /** The id of the newest event there ever was; smaller than any when there was none. */
  get newestId(): string {
    return this.#recent.at(-1)?.id ?? this.#recentFrom
  }

  /** Events behind an id, in order; undefined when they are not in memory. */
  recentAfter(id: string): readonly StoredEvent[] | undefined {
    if (id < this.#recentFrom) return undefined
    const from = this.#recent.findLastIndex((event) => event.id <= id)
    return this.#recent.slice(from + 1)
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
    this.#remember(all)
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
  prune(): Promise<void> {
    this.#sincePruned = 0
    this.#pruning ??= this.#pruneAll().finally(() => (this.#pruning = undefined))
    return this.#pruning
  }

  close(): void {
    this.#timer?.cancel()
    this.#listeners.clear()
  }

  #remember(all: readonly StoredEvent[]): void {
    for (const event of all) this.#recent.push(event)
    if (this.#recent.length <= 2 * RECENT_MAX) return
    const dropped = this.#recent.length - RECENT_MAX
    this.#recentFrom = this.#recent[dropped - 1]?.id ?? this.#recentFrom
    this.#recent = this.#recent.slice(dropped)
  }

  #pruneSoon(): void {
    this.prune().catch((thrown: unknown) => this.#options.logger.debug('old events stay for now', { err: toOakError(thrown).message }))
  }

  async #pruneAll(): Promise<void> {
    let isMoreToRemove = true
    while (isMoreToRemove) isMoreToRemove = await this.#pruneBatch()
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
