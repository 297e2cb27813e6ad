import { deleteService as deleteIt } from '../../state/operations-services.ts'
import { beforeServiceRemoval } from '../hooks/before-services.ts'
import { messageSchema } from '../messages.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardService } from '../versions/guards.ts'

export const deleteService = defineRoute({
  method: 'DELETE',
  path: '/api/service/:serviceId',
  tag: 'services',
  summary: 'Delete a service and its instances',
  permission: RUNS_APPLICATIONS,
  answer: messageSchema,
  ifMatch: true,
  before: beforeServiceRemoval,
  async handle(deps, call) {
    await deps.store.write(async (writer) => {
      await guardService(writer, call, call.params.serviceId)
      await deleteIt(writer, call.actor, call.params.serviceId, deps.clock.wallMs())
    })
    return { message: 'Job deleted' }
  },
})
