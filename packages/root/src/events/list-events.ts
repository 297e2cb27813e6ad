import type { Query, Reader } from '@oakestra/store'
import { services } from '../state/collections.ts'
import { type EventFilter, matches } from './event-filter.ts'
import type { EventSight } from './event-sight.ts'
import { belowKey, events, type StoredEvent } from './events.ts'

/** Read at a time. */
const BATCH = 200
/** Looked at for one page: some 30 ms. A page that found less says where to go on. */
const LOOKED_AT_MAX = 4_000

export interface EventPageRequest {
  readonly filter: EventFilter
  readonly limit: number
  /** No older ones: the smallest id that counts. */
  readonly fromId: string
  /** Go on behind this one, which is older. */
  readonly beforeId?: string | undefined
}

export interface EventPage {
  /** The newest first. */
  readonly events: readonly StoredEvent[]
  /** Where the next page goes on; absent when nothing older is there. */
  readonly nextBeforeId?: string
}

/** A page of events that somebody may see. */
export async function listEvents(reader: Reader, sight: EventSight, request: EventPageRequest): Promise<EventPage> {
  const { filter, limit, fromId } = request
  const found: StoredEvent[] = []
  const applicationId = filter.applicationId ?? (await applicationOf(reader, filter))
  let { beforeId } = request
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX; lookedAt += BATCH) {
    const batch = await older(reader, applicationId, beforeId)
    for (const event of batch) {
      if (event.id < fromId) return { events: found }
      beforeId = event.id
      if (matches(filter, event) && (await sight.sees(reader, event))) found.push(event)
      if (found.length === limit) return { events: found, nextBeforeId: event.id }
    }
    if (batch.length < BATCH) return { events: found }
  }
  return { events: found, ...(beforeId !== undefined && { nextBeforeId: beforeId }) }
}

/** Of a service that is there; the events of one that is gone are found among all. */
async function applicationOf(reader: Reader, { serviceId }: EventFilter): Promise<string | undefined> {
  return serviceId === undefined ? undefined : (await reader.get(services, serviceId))?.applicationId
}

async function older(reader: Reader, applicationId: string | undefined, beforeId: string | undefined): Promise<readonly StoredEvent[]> {
  if (applicationId === undefined) return reader.list(events, newestBefore(beforeId))
  const greaterThan = beforeId === undefined ? `${applicationId}/` : belowKey(applicationId, beforeId)
  const batch = await reader.list(events, { index: 'application', greaterThan, limit: BATCH })
  // The index goes on with the events of others.
  const end = batch.findIndex((event) => event.applicationId !== applicationId)
  return end < 0 ? batch : batch.slice(0, end)
}

function newestBefore(beforeId: string | undefined): Query {
  return { index: 'newest', limit: BATCH, ...(beforeId !== undefined && { greaterThan: -Number(beforeId) }) }
}
