import { OakError } from '@oakestra/base'
import { ownService } from '../../state/operations-ownership.ts'
import { messageSchema } from '../messages.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const replaceService = defineRoute({
  method: 'PUT',
  path: '/api/service/:serviceId',
  tag: 'services',
  summary: 'Change a service (not supported)',
  permission: SIGNED_IN,
  answer: messageSchema,
  async handle(deps, call) {
    await deps.store.read((reader) => ownService(reader, call.actor, call.params.serviceId))
    throw new OakError('not-supported', 'a service cannot be changed; delete it and add it again')
  },
})
