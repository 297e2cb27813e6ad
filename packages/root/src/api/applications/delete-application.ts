import { deleteApplication as deleteIt } from '../../state/operations-applications.ts'
import { beforeApplicationRemoval } from '../hooks/before-services.ts'
import { messageSchema } from '../messages.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardApplication } from '../versions/guards.ts'

export const deleteApplication = defineRoute({
  method: 'DELETE',
  path: '/api/application/:applicationId',
  tag: 'applications',
  summary: 'Delete an application with its services and instances',
  permission: RUNS_APPLICATIONS,
  answer: messageSchema,
  ifMatch: true,
  before: beforeApplicationRemoval,
  async handle(deps, call) {
    await deps.store.write(async (writer) => {
      await guardApplication(writer, call, call.params.applicationId)
      await deleteIt(writer, call.actor, call.params.applicationId, deps.clock.wallMs())
    })
    return { message: 'Application Deleted' }
  },
})
