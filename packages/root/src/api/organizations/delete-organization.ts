import { deleteOrganization as deleteIt } from '../../state/operations-organizations.ts'
import { messageSchema } from '../messages.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardOrganization } from '../versions/guards.ts'

export const deleteOrganization = defineRoute({
  method: 'DELETE',
  path: '/api/organization/:organizationId',
  tag: 'organizations',
  summary: 'Delete an organization',
  description: 'Its users stay, and so do the applications made in it: with their owners alone. `root` cannot be deleted.',
  permission: anyOf('Admin'),
  answer: messageSchema,
  ifMatch: true,
  async handle(deps, call) {
    await deps.store.write(async (writer) => {
      await guardOrganization(writer, call, call.params.organizationId)
      await deleteIt(writer, call.actor, call.params.organizationId)
    })
    return { message: 'Organization deleted' }
  },
})
