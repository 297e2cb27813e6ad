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

/** What all views of one store share. */
interface Core {
  inner: Store
  readonly log: EventLog
}

/**
 * A store that keeps, with every change, the events that tell of it, in the same transaction. What changed follows from the
 * documents before and after a section (`changes-of.ts`), so nobody has to say it; who did it belongs to the view that wrote.
 */
export class RecordingStore implements Store {
  readonly #core: Core
  readonly #actor: EventActor | undefined

  private constructor(core: Core, actor?: EventActor) {
    this.#core = core
    this.#actor = actor
  }

  /** A store that is one already is given back as it is: events have one sequence. */
  static async open({ store, clock, logger, limits = EVENT_LIMITS }: RecordingOptions): Promise<RecordingStore> {
    if (store instanceof RecordingStore) return store
    const log = await EventLog.open({ store, clock, logger, limits })
    log.keepBounded()
    return new RecordingStore({ inner: store, log })
  }

  get log(): EventLog {
    return this.#core.log
  }

  /** The same store; what is written through this view, somebody did. */
  as(actor: EventActor): RecordingStore {
    return new RecordingStore(this.#core, actor)
  }

  /** What everything is kept in. */
  get beneath(): Store {
    return this.#core.inner
  }

  /** Puts a store around what is beneath, such as one that watches changes: from now on all views write through it. */
  putBeneath(store: Store): void {
    this.#core.inner = store
  }

  read<T>(section: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#core.inner.read(section)
  }

  async write<T>(section: (writer: Writer) => Promise<T>): Promise<T> {
    let recorded: readonly StoredEvent[] = []
    const result = await this.#core.inner.write(async (inner) => {
      const writer = new RecordingWriter(inner)
      const value = await section(writer)
      recorded = await writer.finish(this.log, this.#actor)
      return value
    })
    this.log.committed(recorded)
    return result
  }

  onCommit(listener: (changes: readonly Change[]) => void): () => void {
    return this.#core.inner.onCommit(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.log.close()
    await this.#core.inner[Symbol.asyncDispose]()
  }
}

/** A view of a store for what somebody does; a store that keeps no events stays as it is. */
export function storeAs(store: Store, actor: EventActor): Store {
  return store instanceof RecordingStore ? store.as(actor) : store
}
