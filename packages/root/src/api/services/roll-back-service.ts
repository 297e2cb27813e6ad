import { z } from 'zod'
import { rollBackService as rollBackIt } from '../../state/operations-updates.ts'
import { parseWith } from '../bodies.ts'
import { beforeServiceChange } from '../hooks/before-services.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import type { BodyReader } from '../route.ts'
import { defineRoute } from '../route.ts'
import { guardService } from '../versions/guards.ts'

const REVISION_EXPECTED = 'the number of a revision'
const schema = z
  .looseObject(
    {
      revision: z
        .int({ error: REVISION_EXPECTED })
        .min(1, { error: REVISION_EXPECTED })
        .nullish()
        .describe('Which one to go back to; without it, the last that was different and did not fail.'),
    },
    { error: 'an object with a revision, or nothing' },
  )
  .meta({ id: 'RollbackRequest' })

const body: BodyReader<z.infer<typeof schema>> = { schema, required: false, parse: async (json) => parseWith(schema, json ?? {}) }

const answer = z.object({ message: z.string(), revision: z.int().describe('The new one.') }).meta({ id: 'RolledBackService' })

export const rollBackService = defineRoute({
  method: 'POST',
  path: '/api/service/:serviceId/rollback',
  tag: 'services',
  summary: 'Change a service back to what it was',
  description:
    'Makes a new revision with the content of an older one. Instances that still run that content are left alone. The number of replicas stays.',
  permission: RUNS_APPLICATIONS,
  body,
  answer,
  ifMatch: true,
  before: beforeServiceChange,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      await guardService(writer, call, call.params.serviceId)
      const wanted = call.body.revision ?? undefined
      const { revision } = await rollBackIt(writer, call.actor, call.params.serviceId, wanted, deps.clock.wallMs())
      return { message: 'ok', revision }
    }),
})
