import type { EventActor, EventDetails } from '@oakestra/model'
import { shortened, shortenedList } from './event-limits.ts'
import { eventId, type StoredEvent } from './events.ts'
import type { NewEvent } from './record-event.ts'

/** What the log adds to an event. */
export interface Stamp {
  readonly number: number
  readonly timeMs: number
  readonly actor: EventActor
}

/** An event as it is kept: with its id, and bounded, whatever its parts were made of. */
export function storedEvent({ reason, details, ...event }: NewEvent, { number, timeMs, actor }: Stamp): StoredEvent {
  return {
    ...event,
    id: eventId(number),
    timeMs,
    actor,
    ...(reason !== undefined && reason !== '' && { reason: shortened(reason) }),
    ...(details && Object.keys(details).length > 0 && { details: boundedDetails(details) }),
  }
}

function boundedDetails(details: EventDetails): EventDetails {
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, boundedValue(value)]))
}

function boundedValue(value: EventDetails[string]): EventDetails[string] {
  if (typeof value === 'string') return shortened(value)
  return typeof value === 'object' && value !== null ? shortenedList(value) : value
}
