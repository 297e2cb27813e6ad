import { z } from 'zod'
import { parseWith } from '../bodies.ts'
import { beforeInstanceChange } from '../hooks/before-services.ts'
import { messageSchema } from '../messages.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { type BodyReader, defineRoute } from '../route.ts'
import { instanceNumber } from './instance-number.ts'

const ID_EXPECTED = 'an id'
const schema = z
  .looseObject(
    {
      cluster_id: z.string({ error: ID_EXPECTED }).max(64, { error: ID_EXPECTED }).optional().describe('Another cluster.'),
      node_id: z.string({ error: ID_EXPECTED }).max(64, { error: ID_EXPECTED }).optional().describe('A node of the cluster that has it.'),
    },
    { error: 'an object with cluster_id or node_id' },
  )
  .meta({ id: 'Move' })

const body: BodyReader<z.infer<typeof schema>> = { schema, required: false, parse: async (json) => parseWith(schema, json ?? {}) }

export const moveInstance = defineRoute({
  method: 'POST',
  path: '/api/service/:serviceId/instance/:instanceNumber/move',
  tag: 'instances',
  summary: 'Move an instance to another cluster or node',
  description:
    'It is ended where it is and then started elsewhere, under the same number and addresses. Without a target its cluster chooses another node. Refused when the target cannot take it.',
  permission: RUNS_APPLICATIONS,
  body,
  answer: messageSchema,
  before: beforeInstanceChange,
  async handle(deps, call) {
    const { cluster_id: clusterId, node_id: nodeId } = call.body
    const number = instanceNumber(call.params.instanceNumber, 0)
    await deps.moves.move(call.actor, { serviceId: call.params.serviceId, number, clusterId, nodeId })
    return { message: 'ok' }
  },
})
