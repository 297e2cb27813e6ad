import type { EventActor } from '@oakestra/model'
import type { Collection, Query, Writer } from '@oakestra/store'
import { changesOf, isWatched } from './changes-of.ts'
import type { EventLog } from './event-log.ts'
import { events, type StoredEvent } from './events.ts'
import { type EventWriter, type NewEvent, SYSTEM } from './record-event.ts'
import { storedEvent } from './stored-event.ts'
import { Touches } from './touches.ts'

/** The writer of one section: remembers how the documents were that tell what happened. */
export class RecordingWriter implements EventWriter {
  readonly #inner: Writer
  readonly #touches = new Touches()
  readonly #noted: NewEvent[] = []

  constructor(inner: Writer) {
    this.#inner = inner
  }

  get<T>(collection: Collection<T>, key: string): Promise<T | undefined> {
    return this.#inner.get(collection, key)
  }

  list<T>(collection: Collection<T>, query?: Query): Promise<readonly T[]> {
    return this.#inner.list(collection, query)
  }

  count<T>(collection: Collection<T>, query?: Query): Promise<number> {
    return this.#inner.count(collection, query)
  }

  async put<T>(collection: Collection<T>, document: T): Promise<void> {
    if (isWatched(collection.name)) await this.#note(collection, collection.key(document), document)
    await this.#inner.put(collection, document)
  }

  async remove<T>(collection: Collection<T>, key: string): Promise<void> {
    if (isWatched(collection.name)) await this.#note(collection, key, undefined)
    await this.#inner.remove(collection, key)
  }

  note(event: NewEvent): void {
    this.#noted.push(event)
  }

  /** Writes down what happened, as the last thing of the section. What nobody did, and no document says who, `actor` did. */
  async finish(log: EventLog, actor: EventActor | undefined): Promise<readonly StoredEvent[]> {
    const timeMs = log.nowMs()
    const stored: StoredEvent[] = []
    const add = (event: NewEvent, by: EventActor | undefined) =>
      stored.push(storedEvent(event, { number: log.nextNumber(timeMs), timeMs, actor: by ?? SYSTEM }))
    for (const event of this.#noted) add(event, event.actor ?? actor)
    for (const event of await changesOf(this.#touches, this.#inner)) add(event, actor ?? event.actor)
    for (const event of stored) await this.#inner.put(events, event)
    return stored
  }

  async #note<T>(collection: Collection<T>, key: string, after: T | undefined): Promise<void> {
    const isKnown = this.#touches.isKnown(collection.name, key)
    this.#touches.note(collection, key, { before: isKnown ? undefined : await this.#inner.get(collection, key), after })
  }
}
