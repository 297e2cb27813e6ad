import { REPLICAS_MAX } from '@oakestra/sla'
import { z } from 'zod'
import { setReplicas as setThem } from '../../state/operations-updates.ts'
import { schemaBody } from '../bodies.ts'
import { beforeServiceChange } from '../hooks/before-services.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardService } from '../versions/guards.ts'

const REPLICAS_EXPECTED = `a whole number from 0 to ${REPLICAS_MAX}, or null`
const body = z
  .looseObject(
    {
      replicas: z
        .int({ error: REPLICAS_EXPECTED })
        .min(0, { error: REPLICAS_EXPECTED })
        .max(REPLICAS_MAX, { error: REPLICAS_EXPECTED })
        .nullable()
        .describe('null: as many as are asked for one by one; those there are stay.'),
    },
    { error: 'an object with replicas' },
  )
  .meta({ id: 'ReplicasRequest' })

const answer = z.object({ message: z.string(), replicas: z.int().nullable() }).meta({ id: 'DeclaredReplicas' })

export const setReplicas = defineRoute({
  method: 'PUT',
  path: '/api/service/:serviceId/replicas',
  tag: 'services',
  summary: 'Declare how many instances of a service there shall be',
  description: 'Instances are added and ended until it is so: first those that do not work, then those with the highest numbers.',
  permission: RUNS_APPLICATIONS,
  body: schemaBody(body),
  answer,
  ifMatch: true,
  before: beforeServiceChange,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      await guardService(writer, call, call.params.serviceId)
      const service = await setThem(writer, call.actor, call.params.serviceId, call.body.replicas ?? undefined)
      return { message: 'ok', replicas: service.replicas ?? null }
    }),
})
