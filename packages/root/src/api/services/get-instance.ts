import { toWireInstance, wireInstanceSchema } from '@oakestra/wire'
import { ownInstance } from '../../state/operations-ownership.ts'
import { SIGNED_IN } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { instanceView } from '../views/service-views.ts'
import { instanceNumber } from './instance-number.ts'

export const getInstance = defineRoute({
  method: 'GET',
  path: '/api/service/:serviceId/instance/:instanceNumber',
  tag: 'instances',
  summary: 'Show an instance, and why it has no place while it has none',
  description: 'Also shows an instance that is being removed. Its output is at `/logs`.',
  permission: SIGNED_IN,
  answer: wireInstanceSchema,
  handle: (deps, call) =>
    deps.store.read(async (reader) => {
      const number = instanceNumber(call.params.instanceNumber, 0)
      const { service, instance } = await ownInstance(reader, call.actor, call.params.serviceId, number, 'read')
      return toWireInstance(await instanceView(reader, instance, deps), service)
    }),
})
