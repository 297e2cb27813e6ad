import { queryOptions } from '@tanstack/react-query'
import type { AppServices } from '../app-services.ts'

/** Which events; what is absent does not matter. */
export interface EventFilter {
  readonly service?: string
  readonly instance?: string
  readonly cluster?: string
  readonly kind?: string
}

/** Read at once; the stream brings what follows. */
const LIMIT = 300

/** Events that happened before this page was opened. */
export const eventsQuery = ({ api }: Pick<AppServices, 'api'>, filter: EventFilter) =>
  queryOptions({
    queryKey: ['events', JSON.stringify(filter)],
    queryFn: ({ signal }) => api.call('GET /api/events', { query: { ...filter, limit: LIMIT }, signal }),
    // What follows comes by the stream: only a page that is opened anew has to ask again.
    refetchOnMount: 'always',
  })
