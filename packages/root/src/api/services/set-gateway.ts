import { gatewaySchema } from '@oakestra/sla'
import { z } from 'zod'
import { setGateway as setIt } from '../../state/operations-updates.ts'
import { schemaBody } from '../bodies.ts'
import { beforeServiceChange } from '../hooks/before-services.ts'
import { RUNS_APPLICATIONS } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { guardService } from '../versions/guards.ts'

const body = z
  .looseObject({ gateway: gatewaySchema.nullable().describe('null: at no node.') }, { error: 'an object with gateway' })
  .meta({ id: 'GatewayRequest' })

const answer = z.object({ message: z.string() }).meta({ id: 'PublishedService' })

export const setGateway = defineRoute({
  method: 'PUT',
  path: '/api/service/:serviceId/gateway',
  tag: 'services',
  summary: 'Say at which ports of which nodes a service is reached from outside the overlay',
  description:
    'Takes the place of what the descriptor said. No instance is replaced. A port that another service has on the same nodes is refused.',
  permission: RUNS_APPLICATIONS,
  body: schemaBody(body),
  answer,
  ifMatch: true,
  before: beforeServiceChange,
  handle: (deps, call) =>
    deps.store.write(async (writer) => {
      await guardService(writer, call, call.params.serviceId)
      await setIt(writer, call.actor, call.params.serviceId, call.body.gateway ?? undefined)
      return { message: 'ok' }
    }),
})
