import { z } from 'zod'
import { restartInstance as restartIt } from '../../state/operations-restarts.ts'
import { parseWith } from '../bodies.ts'
import { beforeInstanceChange } from '../hooks/before-services.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { type BodyReader, defineRoute } from '../route.ts'
import { instanceNumber } from './instance-number.ts'

// A sentence, not a report: it is kept with the instance and in its events.
const REASON_MAX = 200
const REASON_EXPECTED = `a sentence of at most ${REASON_MAX} characters`
const schema = z
  .looseObject(
    {
      reason: z
        .string({ error: REASON_EXPECTED })
        .max(REASON_MAX, { error: REASON_EXPECTED })
        .optional()
        .describe('One sentence, which its events tell.'),
    },
    { error: 'an object with a reason, or nothing' },
  )
  .meta({ id: 'Restart' })

const body: BodyReader<z.infer<typeof schema>> = { schema, required: false, parse: async (json) => parseWith(schema, json ?? {}) }

const answer = z
  .object({
    message: z.string(),
    restarts_asked: z.int().describe('It is done when the instance says at least this under `restarts_asked`, and is ready.'),
  })
  .meta({ id: 'Restarted' })

export const restartInstance = defineRoute({
  method: 'POST',
  path: '/api/service/:serviceId/instance/:instanceNumber/restart',
  tag: 'instances',
  summary: 'Start an instance again where it is',
  description:
    'Its process is stopped with its grace period, and a new one is started on the same node, under the same number and addresses. Counts under `restarts`, but against no restart policy, and ends a pause before the next try. When its node is away, it happens when that is back. Refused for a one-shot, and for what has ended for good.',
  permission: RUNS_APPLICATIONS,
  body,
  answer,
  before: beforeInstanceChange,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      const { serviceId } = call.params
      const number = instanceNumber(call.params.instanceNumber, 0)
      const { asked } = await restartIt(writer, call.actor, { serviceId, number, reason: call.body.reason })
      return { message: 'ok', restarts_asked: asked }
    }),
})
