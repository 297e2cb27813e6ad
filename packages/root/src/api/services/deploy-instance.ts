import { z } from 'zod'
import { addInstance } from '../../state/operations-instances.ts'
import { beforeInstance } from '../hooks/before-services.ts'
import { contextOf } from '../operation-context.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'

const answer = z.object({ message: z.string(), instance_number: z.int(), instance_id: z.string() }).meta({ id: 'AddedInstance' })

/** The dashboard posts the whole service, the Go CLI nothing: neither is read. `reference/experience.md` 1.5, 2.2. */
export const deployInstance = defineRoute({
  method: 'POST',
  path: '/api/service/:serviceId/instance',
  tag: 'instances',
  summary: 'Run one more instance of a service',
  description: 'A body is ignored. Once this is answered the instance is wanted for good; its place is found afterwards.',
  permission: RUNS_APPLICATIONS,
  answer,
  before: beforeInstance,
  async handle(deps, call) {
    const added = await deps.store.write((writer) => addInstance(writer, call.actor, call.params.serviceId, contextOf(deps)))
    return { message: 'ok', instance_number: added.number, instance_id: added.id }
  },
})
