import { silentLogger } from '@oakestra/base'
import { seededIds, seededRandom, VirtualClock } from '@oakestra/base/testing'
import type { Store } from '@oakestra/store'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openRootStore } from '../api/testing/api-fixture.ts'
import { applications } from '../state/collections.ts'
import { DEAD_MAX, type Hook, type HookDelivery, hookDeliveries, hooks, WAITING_MAX } from './hook.ts'
import type { HookCall } from './hook-caller.ts'
import { openHooks } from './open-hooks.ts'

let store: Store
let clock: VirtualClock
let calls: HookCall[]
beforeEach(async () => {
  store = await openRootStore()
  clock = new VirtualClock()
  calls = []
  await store.write((writer) => writer.put(hooks, hook))
})
afterEach(() => store[Symbol.asyncDispose]())

const hook: Hook = {
  id: 'h'.repeat(24),
  name: 'audit',
  url: 'http://receiver/',
  entity: 'applications',
  events: ['post_create'],
  secret: 's',
  onFailure: 'open',
  timeoutMs: 2_000,
  createdAtMs: 0,
  dropped: 0,
}
const application = (id: string) => ({ id, name: id, namespace: 't', description: '', owner: 'me', createdAtMs: 0, source: {} })

function open(status: number) {
  const caller = async (call: HookCall) => {
    calls.push(call)
    return { status, body: '' }
  }
  return openHooks({ store, clock, ids: seededIds(1), random: seededRandom(1), logger: silentLogger, caller })
}

const delivery = (id: string, change: Partial<HookDelivery>): HookDelivery => ({
  id,
  hookId: hook.id,
  event: 'post_create',
  body: { entity: 'applications', entity_id: id, event: 'post_create' },
  happenedAtMs: 0,
  changes: 1,
  attempts: 0,
  ...change,
})

test('what was to be told is told by the root that starts next', async () => {
  const before = await open(503)
  await before.store.write((writer) => writer.put(applications, application('shop')))
  await before.idle()
  await before[Symbol.asyncDispose]()
  expect(await store.read((reader) => reader.count(hookDeliveries))).toBe(1)
  await clock.advance(60_000)
  await using after = await open(200)
  await expect.poll(() => calls.length).toBe(2)
  await after.idle()
  expect(calls.map(({ headers }) => headers['x-oak-delivery'])).toEqual(
    Array.from({ length: 2 }, () => calls[0]?.headers['x-oak-delivery']),
  )
  expect(await store.read((reader) => reader.count(hookDeliveries))).toBe(0)
})

test('an attempt that the end of root cut short says nothing about the receiver', async () => {
  const before = await openHooks({
    ...{ store, clock, ids: seededIds(1), random: seededRandom(1), logger: silentLogger },
    caller: (call, signal) =>
      new Promise((_, reject) => {
        calls.push(call)
        signal.addEventListener('abort', () => reject(new Error('called off')))
      }),
  })
  await before.store.write((writer) => writer.put(applications, application('shop')))
  await expect.poll(() => calls.length).toBe(1)
  await before[Symbol.asyncDispose]()
  expect(await store.read((reader) => reader.list(hookDeliveries))).toMatchObject([{ attempts: 0 }])
})

test('beyond what is kept for a hook, what happens is counted and not kept', async () => {
  const waiting = Array.from({ length: WAITING_MAX }, (_, index) => delivery(`w${index}`, { dueAtMs: 9e12 }))
  await store.write(async (writer) => {
    for (const each of waiting) await writer.put(hookDeliveries, each)
  })
  await using opened = await open(200)
  await opened.store.write((writer) => writer.put(applications, application('one')))
  await opened.store.write((writer) => writer.put(applications, application('two')))
  expect(await store.read((reader) => reader.count(hookDeliveries))).toBe(WAITING_MAX)
  expect(await store.read((reader) => reader.get(hooks, hook.id))).toMatchObject({ dropped: 2 })
})

test('of what was given up, the newest are kept', async () => {
  const dead = Array.from({ length: DEAD_MAX }, (_, index) => delivery(`d${index}`, { deadAtMs: 1_000 + index }))
  await store.write(async (writer) => {
    for (const each of dead) await writer.put(hookDeliveries, each)
  })
  await using opened = await open(410)
  await opened.store.write((writer) => writer.put(applications, application('shop')))
  await opened.idle()
  const kept = await store.read((reader) => reader.list(hookDeliveries, { index: 'dead', equals: hook.id }))
  expect(kept).toHaveLength(DEAD_MAX)
  expect(kept.some(({ id }) => id === 'd0')).toBe(false)
  expect(kept.some(({ body }) => body['entity_id'] === 'shop')).toBe(true)
})
