import { wireEventSchema } from '@oakestra/wire'
import { z } from 'zod'
import { EventSight } from '../../events/event-sight.ts'
import { publicEvent } from '../../events/events.ts'
import { listEvents as eventsPage } from '../../events/list-events.ts'
import { fromCursor, toCursor } from '../paging/cursor.ts'
import { answerPage } from '../paging/page.ts'
import { limitOf, pageParameters } from '../paging/page-query.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { filterOf, filterParameters, fromIdOf } from './event-query.ts'

/** There is no whole list of what happened: without a limit a page is as long as people read. */
const LIMIT_DEFAULT = 100

export const listEvents = defineRoute({
  method: 'GET',
  path: '/api/events',
  tag: 'events',
  summary: 'List what happened, the newest first',
  description:
    'Of what the caller may see. A page may hold fewer events than were asked for and still not be the last: the header x-next-cursor says so.',
  permission: SIGNED_IN,
  query: z.object({ ...filterParameters, ...pageParameters }),
  answer: z.array(wireEventSchema),
  async handle(deps, call) {
    const { query, actor } = call
    const [beforeId] = query.cursor === undefined ? [] : fromCursor(query.cursor, ['string'])
    const request = {
      filter: filterOf(query),
      limit: limitOf(query) ?? LIMIT_DEFAULT,
      fromId: fromIdOf(query),
      ...(beforeId !== undefined && { beforeId: String(beforeId) }),
    }
    const page = await deps.store.read((reader) => eventsPage(reader, new EventSight(actor), request))
    const nextCursor = page.nextBeforeId === undefined ? undefined : toCursor([page.nextBeforeId])
    return answerPage({ items: page.events, nextCursor }, page.events.map(publicEvent))
  },
})
