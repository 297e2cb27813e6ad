import type { Clock, Logger } from '@oakestra/base'
import type { EventActor } from '@oakestra/model'
import type { Change, Reader, Store, Writer } from '@oakestra/store'
import { EVENT_LIMITS, type EventLimits } from './event-limits.ts'
import { EventLog } from './event-log.ts'
import type { StoredEvent } from './events.ts'
import { RecordingWriter } from './recording-writer.ts'

export interface RecordingOptions {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: EventLimits
}

/**
 * A store that keeps, with every change, the events that tell of it, in the same transaction. What changed follows from the
 * documents before and after a section (`changes-of.ts`), so nobody has to say it; who did it belongs to the view that wrote.
 */
export class RecordingStore implements Store {
  readonly log: EventLog
  readonly #inner: Store
  readonly #actor: EventActor | undefined

  private constructor(inner: Store, log: EventLog, actor?: EventActor) {
    this.#inner = inner
    this.log = log
    this.#actor = actor
  }

  /** A store that is one already is given back as it is. */
  static async open({ store, clock, logger, limits = EVENT_LIMITS }: RecordingOptions): Promise<RecordingStore> {
    if (store instanceof RecordingStore) return store
    const log = await EventLog.open({ store, clock, logger, limits })
    log.keepBounded()
    return new RecordingStore(store, log)
  }

  /** The same store; what is written through this view, somebody did. */
  as(actor: EventActor): RecordingStore {
    return new RecordingStore(this.#inner, this.log, actor)
  }

  read<T>(section: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#inner.read(section)
  }

  async write<T>(section: (writer: Writer) => Promise<T>): Promise<T> {
    let recorded: readonly StoredEvent[] = []
    const result = await this.#inner.write(async (inner) => {
      const writer = new RecordingWriter(inner)
      const value = await section(writer)
      recorded = await writer.finish(this.log, this.#actor)
      return value
    })
    this.log.committed(recorded)
    return result
  }

  onCommit(listener: (changes: readonly Change[]) => void): () => void {
    return this.#inner.onCommit(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.close()
    await this.#inner[Symbol.asyncDispose]()
  }
}

/** A view of a store for what somebody does; a store that keeps no events stays as it is. */
export function storeAs(store: Store, actor: EventActor): Store {
  return store instanceof RecordingStore ? store.as(actor) : store
}
