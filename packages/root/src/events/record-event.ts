import type { EventActor } from '@oakestra/model'
import type { Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import type { StoredEvent } from './events.ts'

/** An event as it is told: the store adds id and time, and the actor of the section where none is named. */
export type NewEvent = Omit<StoredEvent, 'id' | 'timeMs' | 'actor'> & { readonly actor?: EventActor }

/** A writer that keeps what happened together with what changed. */
export interface EventWriter extends Writer {
  note(event: NewEvent): void
}

/**
 * Records an event in the transaction of a writer: it is there exactly when the change is. What follows from the documents
 * of applications, services, instances, clusters, users and organizations by itself needs no call (`changes-of.ts`).
 * A store that keeps no events, as in tests of one part, drops it.
 */
export function recordEvent(writer: Writer, event: NewEvent): void {
  if (isEventWriter(writer)) writer.note(event)
}

function isEventWriter(writer: Writer): writer is EventWriter {
  return 'note' in writer && typeof writer.note === 'function'
}

/** A user as the actor of events. */
export function userActor({ userId, name }: Pick<Actor, 'userId' | 'name'>): EventActor {
  return { kind: 'user', id: userId, name }
}

export const SYSTEM: EventActor = { kind: 'system' }
