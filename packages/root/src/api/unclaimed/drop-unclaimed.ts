import { messageSchema } from '../messages.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const dropUnclaimed = defineRoute({
  method: 'DELETE',
  path: '/api/unclaimed/:clusterId/:instanceId',
  tag: 'clusters',
  summary: 'End an unclaimed instance',
  permission: anyOf('Admin'),
  answer: messageSchema,
  async handle(deps, { params }) {
    await deps.unclaimed.drop(params.clusterId, params.instanceId)
    return { message: 'it is being ended' }
  },
})
