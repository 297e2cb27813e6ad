import { removeInstance } from '../../state/operations-instances.ts'
import { beforeInstanceRemoval } from '../hooks/before-services.ts'
import { messageSchema } from '../messages.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { instanceNumber } from './instance-number.ts'

export const undeployInstance = defineRoute({
  method: 'DELETE',
  path: '/api/service/:serviceId/instance/:instanceNumber',
  tag: 'instances',
  summary: 'End an instance; all of them with the number -1',
  permission: RUNS_APPLICATIONS,
  answer: messageSchema,
  before: beforeInstanceRemoval,
  async handle(deps, call) {
    const number = instanceNumber(call.params.instanceNumber, -1)
    await deps.store.write((writer) => removeInstance(writer, call.actor, call.params.serviceId, number))
    return { message: 'ok' }
  },
})
