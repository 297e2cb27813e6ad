import { z } from 'zod'
import { hookDeliveries } from '../../hooks/hook.ts'
import { findHook, retryDeliveries } from '../../hooks/operations-hooks.ts'
import { messageSchema } from '../messages.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageParameters } from '../paging/page-query.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { deliverySchema, deliveryView } from './shapes.ts'

const ADMINS = anyOf('Admin')

const query = z.object({
  ...pageParameters,
  state: z.enum(['waiting', 'failed'], { error: 'waiting or failed' }).optional().describe('Both where nothing is said.'),
})

export const listHookDeliveries = defineRoute({
  method: 'GET',
  path: '/api/v1/hooks/:hookId/deliveries',
  tag: 'hooks',
  summary: 'List what a hook has not heard: what waits, and what was given up',
  permission: ADMINS,
  query,
  answer: z.array(deliverySchema),
  async handle(deps, call) {
    const { hookId } = call.params
    const index = INDEX_OF[call.query.state ?? 'both']
    const all = await deps.store.read(async (reader) => {
      await findHook(reader, hookId)
      return reader.list(hookDeliveries, { index, equals: hookId })
    })
    const page = pageOf(all, call.query, ({ id }) => id)
    return answerPage(page, page.items.map(deliveryView))
  },
})

const INDEX_OF = { waiting: 'waiting', failed: 'dead', both: 'hookId' } as const

export const retryHookDelivery = defineRoute({
  method: 'POST',
  path: '/api/v1/hooks/:hookId/deliveries/:deliveryId/retry',
  tag: 'hooks',
  summary: 'Tell a hook at once what waits or was given up',
  permission: ADMINS,
  answer: messageSchema,
  async handle(deps, call) {
    const { hookId, deliveryId } = call.params
    await deps.store.write((writer) => retryDeliveries(writer, hookId, deliveryId, deps.clock.wallMs()))
    return { message: 'ok' }
  },
})

export const retryHookDeliveries = defineRoute({
  method: 'POST',
  path: '/api/v1/hooks/:hookId/retry',
  tag: 'hooks',
  summary: 'Tell a hook at once everything that was given up',
  permission: ADMINS,
  answer: messageSchema,
  async handle(deps, call) {
    const count = await deps.store.write((writer) => retryDeliveries(writer, call.params.hookId, undefined, deps.clock.wallMs()))
    return { message: `${count} are told again` }
  },
})
