import { recordingLogger, until, VirtualClock } from '@oakestra/base/testing'
import type { Store } from '@oakestra/store'
import { beforeEach, expect, test } from 'vitest'
import { openRootStore } from '../api/testing/api-fixture.ts'
import { events } from './events.ts'
import { recordEvent } from './record-event.ts'
import { RecordingStore } from './recording-store.ts'

const HOUR_MS = 3_600_000

let inner: Store
let clock: VirtualClock
let store: RecordingStore

beforeEach(async () => {
  inner = await openRootStore()
  clock = new VirtualClock()
  store = await RecordingStore.open({ store: inner, clock, logger: recordingLogger(), limits: { keptMax: 1_000, keptMs: 24 * HOUR_MS } })
  return () => store[Symbol.asyncDispose]()
})

async function record(count: number): Promise<void> {
  await store.write(async (writer) => {
    for (let index = 0; index < count; index += 1) recordEvent(writer, { kind: 'setting.changed', object: { type: 'setting', id: 's' } })
  })
}

const kept = () => inner.read((reader) => reader.count(events))

test('the oldest events go when there are too many', async () => {
  await record(1)
  const [first] = await inner.read((reader) => reader.list(events, { limit: 1 }))
  for (let round = 0; round < 8; round += 1) await record(300)
  await until('there are few enough', async () => (await kept()) <= 1_500)
  await store.log.prune()
  expect(await kept()).toBe(1_000)
  const [oldest] = await inner.read((reader) => reader.list(events, { limit: 1 }))
  expect(Number(oldest?.id)).toBe(Number(first?.id) + 1_401)
})

test('what is too old goes on a quiet root, too', async () => {
  await record(20)
  await clock.advance(20 * HOUR_MS)
  await record(3)
  await clock.advance(6 * HOUR_MS)
  await until('the old ones are gone', async () => (await kept()) === 3)
  await clock.advance(24 * HOUR_MS)
  await until('all are gone', async () => (await kept()) === 0)
})

test('the newest are in memory, in order, and older ones are known not to be', async () => {
  const before = store.log.newestId
  await record(10)
  expect(store.log.recentAfter(before)).toHaveLength(10)
  const [first] = store.log.recentAfter(before) ?? []
  expect(store.log.recentAfter(first?.id ?? '')).toHaveLength(9)
  expect(store.log.recentAfter(store.log.newestId)).toEqual([])
  for (let round = 0; round < 10; round += 1) await record(500)
  expect(store.log.recentAfter(before)).toBeUndefined()
  const [recent] = store.log.recentAfter(store.log.newestId.replace(/\d{3}$/, '000')) ?? []
  expect(recent).toBeDefined()
})
