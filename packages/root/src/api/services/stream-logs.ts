import { z } from 'zod'
import { ownInstance } from '../../state/operations-ownership.ts'
import { flag, isSet } from '../flag.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { instanceNumber } from './instance-number.ts'

/** More is a download, for which `since` is the better tool. */
const TAIL_MAX = 100_000
const TAIL_EXPECTED = `a number of lines from 0 to ${TAIL_MAX}`
const SINCE_EXPECTED = 'a time such as 2026-01-31T12:00:00Z'

const query = z.object({
  tail: z
    .string({ error: TAIL_EXPECTED })
    .regex(/^\d{1,6}$/, { error: TAIL_EXPECTED })
    .refine((text) => Number(text) <= TAIL_MAX, { error: TAIL_EXPECTED })
    .optional()
    .describe('Begin with that many of the newest lines; everything kept, when absent.'),
  follow: flag.describe('Stay, and send what is written from now on.'),
  since: z.iso.datetime({ offset: true, error: SINCE_EXPECTED }).optional().describe('Leave out what was written before.'),
})

const line = z
  .object({ time: z.string(), stream: z.enum(['stdout', 'stderr']), line: z.string(), partial: z.boolean().optional() })
  .meta({ id: 'LogLine' })

export const streamLogs = defineRoute({
  method: 'GET',
  path: '/api/service/:serviceId/instance/:instanceNumber/logs',
  tag: 'instances',
  summary: 'Read the output of an instance, line by line as JSON',
  permission: SIGNED_IN,
  query,
  answer: line,
  stream: 'application/x-ndjson',
  async handle(deps, call) {
    const number = instanceNumber(call.params.instanceNumber, 0)
    const { instance } = await deps.store.read((reader) => ownInstance(reader, call.actor, call.params.serviceId, number, 'read'))
    const { tail, since, follow } = call.query
    const request = {
      instanceId: instance.id,
      follow: isSet(follow),
      ...(tail === undefined ? {} : { tail: Number(tail) }),
      ...(since === undefined ? {} : { sinceMs: Date.parse(since) }),
    }
    return deps.logs.open(request, call.signal)
  },
})
