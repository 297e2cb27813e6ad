import { deleteService as deleteIt } from '../../state/operations-services.ts'
import { messageSchema } from '../messages.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const deleteService = defineRoute({
  method: 'DELETE',
  path: '/api/service/:serviceId',
  tag: 'services',
  summary: 'Delete a service and its instances',
  permission: RUNS_APPLICATIONS,
  answer: messageSchema,
  async handle(deps, call) {
    await deps.store.write((writer) => deleteIt(writer, call.actor, call.params.serviceId, deps.clock.wallMs()))
    return { message: 'Job deleted' }
  },
})
