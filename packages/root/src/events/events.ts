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
 * Each further index is for one filter: the cost of a page does not grow with the number of events of others.
 */
export const events: Collection<StoredEvent> = {
  name: 'events',
  key: (event) => event.id,
  indexes: {
    newest: ({ id }) => -Number(id),
    application: (event) => under(event.applicationId, event),
    service: (event) => under(event.serviceId, event),
    cluster: (event) => under(event.clusterId, event),
    node: (event) => under(event.nodeId, event),
  },
}

export type EventIndex = 'application' | 'service' | 'cluster' | 'node'

function under(owner: string | undefined, { id }: RecordedEvent): string | undefined {
  return owner === undefined ? undefined : belowKey(owner, id)
}

/** Where an event stands among those of one owner, the newest first. */
export function belowKey(owner: string, id: string): string {
  return `${owner}/${String(NUMBER_MAX - Number(id)).padStart(16, '0')}`
}

export function eventId(number: number): string {
  return String(number).padStart(16, '0')
}

/** What of a record is for the outside. */
export function publicEvent({ owner: _, ...event }: StoredEvent): RecordedEvent {
  return event
}
