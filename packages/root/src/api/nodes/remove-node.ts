import { messageSchema } from '../messages.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'

export const removeNode = defineRoute({
  method: 'DELETE',
  path: '/api/clusters/:clusterId/nodes/:nodeId',
  tag: 'nodes',
  summary: 'Remove a node',
  description:
    'What it has goes to other nodes first; its certificate is refused from then on. The cluster does it, so it must be connected.',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  answer: messageSchema,
  async handle(deps, call) {
    await deps.nodes.remove(call.params.clusterId, call.params.nodeId)
    return { message: 'the node is being removed' }
  },
})
