import { z } from 'zod'
import { recordEvent, userActor } from '../../events/record-event.ts'
import { schemaBody } from '../bodies.ts'
import { flagSchema, labelsSchema } from '../labels.ts'
import { messageSchema } from '../messages.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'

const body = z
  .looseObject(
    {
      cordoned: flagSchema.optional().describe('True: it gets no new instances. What it has stays.'),
      draining: flagSchema.optional().describe('True: what it has is moved to other nodes; implies cordoned.'),
      labels: labelsSchema.optional(),
    },
    { error: 'an object with cordoned, draining or labels' },
  )
  .meta({ id: 'NodeChange' })

export const changeNode = defineRoute({
  method: 'PATCH',
  path: '/api/clusters/:clusterId/nodes/:nodeId',
  tag: 'nodes',
  summary: 'Cordon or drain a node, or give it labels; what is not named stays',
  description: 'The cluster does it, so it must be connected.',
  permission: anyOf('Admin', 'Infrastructure_Provider'),
  body: schemaBody(body),
  answer: messageSchema,
  ifMatch: true,
  async handle(deps, call) {
    const { clusterId, nodeId } = call.params
    const { cordoned, draining, labels } = call.body
    await deps.nodes.change(clusterId, {
      nodeId,
      ...(cordoned !== undefined && { cordoned }),
      ...(draining !== undefined && { draining }),
      ...(labels && { labels }),
      ...(call.ifMatch && { versions: call.ifMatch }),
    })
    const details = { ...(cordoned !== undefined && { cordoned }), ...(draining !== undefined && { draining }), ...(labels && { labels }) }
    await deps.store.write(async (writer) =>
      recordEvent(writer, {
        kind: 'node.changed',
        actor: userActor(call.actor),
        object: { type: 'node', id: nodeId },
        clusterId,
        nodeId,
        details,
      }),
    )
    return { message: 'ok' }
  },
})
