import { deleteUser as deleteIt } from '../../state/operations-users.ts'
import { messageSchema } from '../messages.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardUser } from '../versions/guards.ts'

export const deleteUser = defineRoute({
  method: 'DELETE',
  path: '/api/user/:userName',
  tag: 'users',
  summary: 'Delete a user',
  description:
    'Refused while it owns applications. An Organization_Admin takes a member out of the organization; who is in no other is deleted.',
  permission: anyOf('Admin', 'Organization_Admin'),
  answer: messageSchema,
  ifMatch: true,
  async handle(deps, call) {
    const { userName } = call.params
    const isGone = await deps.store.write(async (writer) => {
      await guardUser(writer, call, userName)
      return deleteIt(writer, call.actor, userName)
    })
    return { message: isGone ? `the user ${userName} is deleted` : `${userName} is no longer in your organization` }
  },
})
