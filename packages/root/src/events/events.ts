import type { RecordedEvent } from '@oakestra/model'
import type { Collection } from '@oakestra/store'

/** An event with what only root needs to know of it. */
export interface StoredEvent extends RecordedEvent {
  /** Name of the user who owned the application: once that is gone, nothing else says whose event this was. */
  readonly owner?: string
}

/** Greater than every number of an event: a thousand a millisecond until the year 2255, and exact as a JavaScript number. */
const NUMBER_MAX = 9_000_000_000_000_000
/** Numbers that belong to one millisecond. */
export const NUMBERS_PER_MS = 1000

/**
 * Events by their id. The store lists in one direction only, so what lists the newest first is kept under a number that falls.
 * Every status of every instance is written here, and each index would be one more page of the disk for it: applications have
 * theirs, for that is what users look at; other filters look through the newest.
 */
export const events: Collection<StoredEvent> = {
  name: 'events',
  key: (event) => event.id,
  indexes: {
    newest: ({ id }) => -Number(id),
    application: ({ applicationId, id }) => (applicationId === undefined ? undefined : belowKey(applicationId, id)),
  },
}

/** Where an event stands among those of its application, the newest first. */
export function belowKey(applicationId: string, id: string): string {
  return `${applicationId}/${String(NUMBER_MAX - Number(id)).padStart(16, '0')}`
}

export function eventId(number: number): string {
  return String(number).padStart(16, '0')
}

/** What of a record is for the outside. */
export function publicEvent(event: StoredEvent): RecordedEvent {
  const { owner: _, ...rest } = event
  return rest
}
