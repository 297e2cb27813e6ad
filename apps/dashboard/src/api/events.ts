import type { RecordedEvent } from '@oakestra/model'
import { queryOptions } from '@tanstack/react-query'
import type { AppServices } from '../app-services.ts'
import { plainCall } from './plain-call.ts'

/** Which events; what is absent does not matter. */
export interface EventFilter {
  readonly service?: string
  readonly instance?: string
  readonly cluster?: string
  readonly kind?: string
}

/** Read at once; the stream brings what follows. */
const LIMIT = 200

/** Events that happened before this page was opened, the newest last. */
export const eventsQuery = ({ session }: Pick<AppServices, 'session'>, filter: EventFilter) =>
  queryOptions({
    queryKey: ['events', JSON.stringify(filter)],
    queryFn: async () => {
      const query = new URLSearchParams({ ...filter, limit: String(LIMIT) })
      return eventsOf(await plainCall(session, { method: 'GET', path: `/api/events?${query}` }))
    },
  })

function eventsOf(answer: unknown): readonly RecordedEvent[] {
  const list = typeof answer === 'object' && answer !== null && 'events' in answer ? answer.events : answer
  return Array.isArray(list) ? (list as RecordedEvent[]).toSorted((a, b) => (a.id < b.id ? -1 : 1)) : []
}
