import { recordEvent, userActor } from '../../events/record-event.ts'
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
  ifMatch: true,
  async handle(deps, call) {
    const { clusterId, nodeId } = call.params
    await deps.nodes.remove(clusterId, { nodeId, ...(call.ifMatch && { versions: call.ifMatch }) })
    const object = { type: 'node', id: nodeId } as const
    await deps.store.write(async (writer) =>
      recordEvent(writer, { kind: 'node.removing', actor: userActor(call.actor), object, clusterId, nodeId }),
    )
    return { message: 'the node is being removed' }
  },
})
