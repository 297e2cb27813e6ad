import { z } from 'zod'
import { type Hook, hooks, TIMEOUT_DEFAULT_MS } from '../../hooks/hook.ts'
import { changeHook as changeIt, createHook as createIt, findHook, removeHook as removeIt } from '../../hooks/operations-hooks.ts'
import { schemaBody } from '../bodies.ts'
import { messageSchema } from '../messages.ts'
import { answerPage, pageOf } from '../paging/page.ts'
import { pageQuery } from '../paging/page-query.ts'
import { anyOf } from '../permission.ts'
import { defineRoute } from '../route.ts'
import { createdHookSchema, hookChangeBody, hookSchema, hookView, newHookBody } from './shapes.ts'

/** Who makes a hook sees, and may change, what everybody does. */
const ADMINS = anyOf('Admin')

export const listHooks = defineRoute({
  method: 'GET',
  path: '/api/v1/hooks',
  tag: 'hooks',
  summary: 'List hooks',
  permission: ADMINS,
  query: pageQuery,
  answer: z.array(hookSchema),
  async handle(deps, call) {
    const page = pageOf(await deps.store.read((reader) => reader.list(hooks)), call.query, ({ id }) => id)
    return answerPage(page, page.items.map(hookView))
  },
})

export const createHook = defineRoute({
  method: 'POST',
  path: '/api/v1/hooks',
  tag: 'hooks',
  summary: 'Make a hook',
  description: 'It is called from now on: before changes for pre_* events, after them for post_* events. `docs/hooks.md` says how.',
  permission: ADMINS,
  status: 201,
  body: { ...schemaBody(newHookBody), refusalStatus: 422 },
  answer: createdHookSchema,
  async handle(deps, call) {
    const { secret = deps.ids.next() + deps.ids.next(), on_failure = 'open', timeout_ms = TIMEOUT_DEFAULT_MS, ...body } = call.body
    const hook: Hook = {
      id: deps.ids.next(),
      name: body.hook_name,
      url: body.webhook_url,
      entity: body.entity,
      events: [...new Set(body.events)],
      secret,
      onFailure: on_failure,
      timeoutMs: timeout_ms,
      createdAtMs: deps.clock.wallMs(),
      dropped: 0,
    }
    return { ...hookView(await deps.store.write((writer) => createIt(writer, hook))), secret }
  },
})

export const getHook = defineRoute({
  method: 'GET',
  path: '/api/v1/hooks/:hookId',
  tag: 'hooks',
  summary: 'Show a hook',
  permission: ADMINS,
  answer: hookSchema,
  handle: (deps, call) => deps.store.read(async (reader) => hookView(await findHook(reader, call.params.hookId))),
})

export const changeHook = defineRoute({
  method: 'PATCH',
  path: '/api/v1/hooks/:hookId',
  tag: 'hooks',
  summary: 'Change a hook; what is not named stays',
  permission: ADMINS,
  body: { ...schemaBody(hookChangeBody), refusalStatus: 422 },
  answer: hookSchema,
  async handle(deps, call) {
    const { hook_name, webhook_url, entity, events, secret, on_failure, timeout_ms } = call.body
    const change = {
      ...(hook_name !== undefined && { name: hook_name }),
      ...(webhook_url !== undefined && { url: webhook_url }),
      ...(entity !== undefined && { entity }),
      ...(events !== undefined && { events: [...new Set(events)] }),
      ...(secret !== undefined && { secret }),
      ...(on_failure !== undefined && { onFailure: on_failure }),
      ...(timeout_ms !== undefined && { timeoutMs: timeout_ms }),
    }
    return hookView(await deps.store.write((writer) => changeIt(writer, call.params.hookId, change)))
  },
})

export const removeHook = defineRoute({
  method: 'DELETE',
  path: '/api/v1/hooks/:hookId',
  tag: 'hooks',
  summary: 'Remove a hook with everything it has not heard',
  permission: ADMINS,
  status: 204,
  answer: messageSchema,
  handle: (deps, call) => deps.store.write((writer) => removeIt(writer, call.params.hookId)),
})
