import { OakError } from '@oakestra/base'
import type { Reader, Writer } from '@oakestra/store'
import { HOOKS_MAX, type Hook, type HookDelivery, hookDeliveries, hooks } from './hook.ts'
import { anew } from './plan-delivery.ts'

/** @throws OakError `conflict` name, or entity and address together, are taken; `resource-exhausted` */
export async function createHook(writer: Writer, hook: Hook): Promise<Hook> {
  const all = await writer.list(hooks)
  if (all.length >= HOOKS_MAX) throw new OakError('resource-exhausted', `there are ${HOOKS_MAX} hooks already`)
  refuseTaken(all, hook)
  await writer.put(hooks, hook)
  return hook
}

/** What is absent stays. @throws OakError `not-found`, `conflict` */
export async function changeHook(writer: Writer, id: string, change: Partial<Omit<Hook, 'id'>>): Promise<Hook> {
  const hook = { ...(await findHook(writer, id)), ...change }
  refuseTaken(await writer.list(hooks), hook)
  await writer.put(hooks, hook)
  return hook
}

/** `reference/orchestration.md` 8.2: each is unique there, too. */
function refuseTaken(all: readonly Hook[], hook: Hook): void {
  for (const other of all) {
    if (other.id === hook.id) continue
    if (other.name === hook.name) throw new OakError('conflict', `there is a hook ${hook.name} already`)
    if (other.entity !== hook.entity || other.url !== hook.url) continue
    throw new OakError('conflict', `the hook ${other.name} is called there about ${hook.entity} already: change its events`)
  }
}

/** Removes a hook and what it has not heard. @throws OakError `not-found` */
export async function removeHook(writer: Writer, id: string): Promise<void> {
  await findHook(writer, id)
  for (const delivery of await writer.list(hookDeliveries, { index: 'hookId', equals: id }))
    await writer.remove(hookDeliveries, delivery.id)
  await writer.remove(hooks, id)
}

/** @throws OakError `not-found` */
export async function findHook(reader: Reader, id: string): Promise<Hook> {
  const hook = await reader.get(hooks, id)
  if (!hook) throw new OakError('not-found', `there is no hook ${JSON.stringify(id.slice(0, 40))}`)
  return hook
}

/** Begins again with what was given up: one thing, or all of a hook. @throws OakError `not-found` */
export async function retryDeliveries(writer: Writer, hookId: string, deliveryId: string | undefined, nowMs: number): Promise<number> {
  await findHook(writer, hookId)
  const wanted = deliveryId === undefined ? await deadOf(writer, hookId) : [await findDelivery(writer, hookId, deliveryId)]
  for (const delivery of wanted) await writer.put(hookDeliveries, anew(delivery, nowMs))
  return wanted.length
}

function deadOf(reader: Reader, hookId: string): Promise<readonly HookDelivery[]> {
  return reader.list(hookDeliveries, { index: 'dead', equals: hookId })
}

async function findDelivery(reader: Reader, hookId: string, id: string): Promise<HookDelivery> {
  const delivery = await reader.get(hookDeliveries, id)
  if (delivery?.hookId === hookId) return delivery
  throw new OakError('not-found', `this hook has no delivery ${JSON.stringify(id.slice(0, 40))}`)
}
