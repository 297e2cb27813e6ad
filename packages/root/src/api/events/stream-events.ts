import { OakError } from '@oakestra/base'
import { wireEventSchema } from '@oakestra/wire'
import { z } from 'zod'
import { eventId } from '../../events/events.ts'
import { flag, isSet } from '../flag.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { filterOf, filterParameters, fromIdOf } from './event-query.ts'

const query = z.object({
  ...filterParameters,
  samples: flag.describe(
    'True: also what instances use, and how busy nodes and clusters are, every two seconds where that was measured anew: as events `sample` and `load`.',
  ),
  alerts: flag.describe('True: also what is firing, as events `alerts`, for an Admin or Infrastructure_Provider; nothing for others.'),
})

export const streamEvents = defineRoute({
  method: 'GET',
  path: '/api/events/stream',
  tag: 'events',
  summary: 'Watch what happens',
  description: [
    'Server-sent events. `event: event` is one event, its id that of the event: after a break go on with the header Last-Event-ID.',
    '`event: reset` says that what followed that id is not kept any more. `event: sample` is what an instance uses, `event: load` how busy a node or a cluster is.',
    '`event: alerts` is how many alerts are firing, and the most urgent of them: at first, and when that changes.',
    '`event: end` says why the stream ends: the token expired, the user is gone, or the reader is too slow.',
    'With `since` it begins with what happened since then.',
  ].join(' '),
  permission: SIGNED_IN,
  query,
  answer: wireEventSchema,
  stream: 'text/event-stream',
  async handle(deps, call) {
    const { samples, alerts, since } = call.query
    const lastId = lastEventId(call.lastEventId)
    const afterId = lastId ?? (since === undefined ? undefined : previous(fromIdOf(call.query)))
    return deps.watch.open({
      filter: filterOf(call.query),
      actor: call.actor,
      withSamples: isSet(samples),
      withAlerts: isSet(alerts),
      isResumed: lastId !== undefined,
      afterId,
      recheck: () => deps.accounts.authenticate(call.bearer),
      signal: call.signal,
    })
  },
})

/** Clients that have seen none yet send nothing, or nothing in it. */
function lastEventId(text: string): string | undefined {
  if (text === '') return undefined
  if (!/^\d{16}$/.test(text)) throw new OakError('bad-request', 'Last-Event-ID: expected the id of an event, sixteen digits')
  return text
}

function previous(id: string): string {
  return eventId(Math.max(0, Number(id) - 1))
}
