import { connect } from 'node:net'
import { until } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AlertSource } from '../../events/alert-news.ts'
import { recordEvent } from '../../events/record-event.ts'
import { STREAMS_PER_USER_MAX } from '../../events/watch.ts'
import type { InstanceSample } from '../../session/usage-history.ts'
import { organizations, type Role, users } from '../../state/collections.ts'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { service, sla } from '../testing/documents.ts'
import { EventReader } from '../testing/event-reader.ts'

const ROLES: readonly Role[] = ['Application_Provider']

/** What watches for alerts around root. */
class SomeAlerts implements AlertSource {
  readonly #listeners = new Set<() => void>()
  #firing: readonly object[] = []

  firing(): readonly object[] {
    return this.#firing
  }

  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed)
    return () => this.#listeners.delete(changed)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  fire(count: number): void {
    this.#firing = Array.from({ length: count }, (_, index) => ({ rule: `r${index}` }))
    for (const listener of this.#listeners) listener()
  }
}

let fixture: ApiFixture
let origin: string
let samples: readonly InstanceSample[]
let alerts: SomeAlerts
let readers: EventReader[]

beforeEach(async () => {
  samples = []
  alerts = new SomeAlerts()
  readers = []
  fixture = await createApiFixture({ alerts, samples: (sinceMs) => samples.filter(({ timeMs }) => timeMs > sinceMs) })
  origin = await fixture.api.listen({ port: 0, host: '127.0.0.1' })
})
afterEach(async () => {
  for (const reader of readers) await reader[Symbol.asyncDispose]()
  await fixture[Symbol.asyncDispose]()
})

async function watch(query = '', { as = 'Admin', lastId }: { as?: string; lastId?: string } = {}): Promise<EventReader> {
  const headers = { authorization: `Bearer ${await fixture.tokenOf(as, ROLES)}`, ...(lastId !== undefined && { 'last-event-id': lastId }) }
  const reader = await EventReader.open(`${origin}/api/events/stream${query}`, headers)
  readers.push(reader)
  if (reader.status === 200) await until('the stream has begun', () => reader.text.startsWith('retry:'))
  return reader
}

async function createApp(name: string, as = 'Admin'): Promise<{ applicationID: string; microservices: string[] }> {
  return (await fixture.call('POST', '/api/application', sla(name, [service('web')]), { as, roles: ROLES })).json().at(-1)
}

const came = (reader: EventReader, count: number) => until(`${count} events came`, () => reader.of('event').length >= count)

describe('a stream of events', () => {
  test('tells what happens from now on, each with its id', async () => {
    await createApp('before')
    const reader = await watch('?kind=application')
    await createApp('after')
    await came(reader, 1)
    expect(reader.of('event')).toMatchObject([
      { id: reader.events[0]?.data.id, data: { kind: 'application.created', object: { name: 'after' } } },
    ])
  })

  test('goes on behind the last event that was seen, without a gap and without a repetition', async () => {
    const first = await watch('?kind=application')
    await createApp('a')
    await came(first, 1)
    await first[Symbol.asyncDispose]()
    for (const name of ['b', 'c']) await createApp(name)
    const lastId = first.of('event')[0]?.id ?? ''
    const second = await watch('?kind=application', { lastId })
    await createApp('d')
    await came(second, 3)
    expect(second.of('event').map(({ data }) => data.object.name)).toEqual(['b', 'c', 'd'])
    expect(second.of('reset')).toEqual([])
  })

  test('begins in the past when it is asked to', async () => {
    await createApp('a')
    const reader = await watch(`?kind=application&since=${fixture.clock.wallMs() - 1_000}`)
    await came(reader, 1)
    expect(reader.kinds).toEqual(['application.created'])
  })

  test('reads a long past from the store, and then what is new', async () => {
    for (let index = 0; index < 2_100; index += 1) {
      await fixture.store.write((writer) =>
        writer.put(users, { id: `u${index}`, name: `u${index}`, email: '', passwordHash: '', createdAtMs: 0, mustChangePassword: false }),
      )
    }
    const reader = await watch('?since=2026-01-01T00:00:00Z&kind=user.created,application')
    await came(reader, 2_101)
    await createApp('new')
    await until('the new one came', () => reader.kinds.at(-1) === 'application.created')
    const ids = reader.of('event').map(({ id = '' }) => id)
    expect(ids.every((id, index) => index === 0 || (ids[index - 1] ?? '') < id)).toBe(true)
    expect(ids).toHaveLength(2_102)
  })

  test.each([
    ['is no longer kept', '0000000000000001'],
    ['is of another root', '8999999999999999'],
  ])('says so when what it is to go on behind %s, and goes on with what is new', async (_what, lastId) => {
    await createApp('a')
    const reader = await watch('?kind=application', { lastId })
    await until('it said so', () => reader.of('reset').length === 1)
    await createApp('b')
    await came(reader, 1)
    expect(reader.of('event').map(({ data }) => data.object.name)).toEqual(['b'])
  })

  test('refuses an id that is none', async () => {
    expect((await watch('', { lastId: 'x' })).status).toBe(400)
  })

  test('shows everybody what they may see', async () => {
    const dev = await watch('?kind=application', { as: 'dev' })
    const admin = await watch('?kind=application')
    await createApp('hidden')
    await createApp('mine', 'dev')
    await came(dev, 1)
    await came(admin, 2)
    expect(dev.of('event').map(({ data }) => data.object.name)).toEqual(['mine'])
    expect(dev.text).not.toContain('owner":"Admin')
  })

  test('says now and then that it is there', async () => {
    const reader = await watch()
    await fixture.clock.advance(16_000)
    await until('it said so', () => reader.text.includes(': still here'))
  })

  test('ends when the token expires, and says why', async () => {
    const reader = await watch()
    await fixture.clock.advance(610_000)
    await until('it ended', () => reader.isOver)
    expect(reader.events.at(-1)).toMatchObject({
      type: 'end',
      data: { code: 'unauthenticated', message: expect.stringContaining('expired') },
    })
  })

  test('ends when the user is gone', async () => {
    const reader = await watch('', { as: 'dev' })
    await fixture.store.write(async (writer) => {
      const [dev] = await writer.list(users, { index: 'name', equals: 'dev' })
      if (dev) await writer.remove(users, dev.id)
    })
    await until('it ended', () => reader.isOver)
    expect(reader.events.at(-1)).toMatchObject({ type: 'end', data: { code: 'unauthenticated' } })
    expect(reader.kinds).not.toContain('user.removed')
  })

  test('ends with the server', async () => {
    const reader = await watch()
    await fixture.api.close()
    await until('it ended', () => reader.isOver)
  })

  test('is one of few for one user', async () => {
    for (let count = 0; count < STREAMS_PER_USER_MAX; count += 1) expect((await watch()).status).toBe(200)
    expect((await watch()).status).toBe(429)
    expect((await watch('', { as: 'dev' })).status).toBe(200)
    await readers[0]?.[Symbol.asyncDispose]()
    await until('there is room again', async () => (await watch()).status === 200)
  })

  test.each([
    ['with a hint when it goes on late', 35_000, true],
    ['without one when it never does', 70_000, false],
  ])('is cut off when its reader takes nothing: %s', async (_what, pausedMs, isTold) => {
    const token = await fixture.tokenOf('Admin')
    const socket = connect(Number(new URL(origin).port), '127.0.0.1')
    let [text, isClosed] = ['', false]
    socket.once('close', () => (isClosed = true)).on('error', () => undefined)
    socket.write(`GET /api/events/stream HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer ${token}\r\n\r\n`)
    await until('it began', () => socket.readableLength > 0)
    socket.pause()
    const other = await watch('?kind=setting')
    const details = { list: Array.from({ length: 50 }, () => 'x'.repeat(500)) }
    const event = { kind: 'setting.changed', object: { type: 'setting', id: 's' }, details } as const
    for (let count = 0; count < 400; count += 1) await fixture.store.write(async (writer) => recordEvent(writer, event))
    await came(other, 400)
    await fixture.clock.advance(pausedMs)
    socket.on('data', (chunk) => (text = (text + chunk).slice(-1_000))).resume()
    await until('it is closed', () => isClosed)
    expect(text.includes('resource-exhausted')).toBe(isTold)
  })
})

describe('samples', () => {
  test('come every two seconds, of instances that the caller may see and asked for', async () => {
    const mine = await createApp('mine', 'dev')
    const theirs = await createApp('theirs')
    const ids: string[] = []
    for (const { microservices } of [mine, theirs]) await fixture.call('POST', `/api/service/${microservices[0]}/instance`)
    for (const event of (await fixture.call('GET', '/api/events?kind=instance.created')).json().toReversed()) ids.push(event.object.id)
    const dev = await watch('?samples=true', { as: 'dev' })
    const admin = await watch(`?samples=true&application=${theirs.applicationID}`)
    const silent = await watch('', { as: 'dev' })
    for (let round = 1; round <= 2; round += 1) {
      samples = ids.map((instanceId) => ({ instanceId, cpuPercent: round, memoryBytes: 1_000, timeMs: fixture.clock.wallMs() + 1 }))
      await fixture.clock.advance(2_000)
      await until('samples came', () => dev.of('sample').length === round && admin.of('sample').length === round)
    }
    expect(dev.of('sample').map(({ data }) => [data.instanceId, data.cpuPercent])).toEqual([
      [ids[0], 1],
      [ids[0], 2],
    ])
    expect(admin.of('sample').map(({ data }) => data.instanceId)).toEqual([ids[1], ids[1]])
    expect(silent.of('sample')).toEqual([])
  })
})

describe('alerts', () => {
  const heard = (reader: EventReader) => reader.of('alerts').map(({ data }) => [data.firing, data.alerts.length])

  test('are told at first and when they change, the most urgent of many, to who asked for them', async () => {
    alerts.fire(1)
    const admin = await watch('?alerts=true')
    const silent = await watch('')
    await until('it is told at first', () => heard(admin).length === 1)
    alerts.fire(30)
    await until('it is told of the change', () => heard(admin).length === 2)
    alerts.fire(0)
    await until('it is told that they are over', () => heard(admin).length === 3)
    expect(heard(admin)).toEqual([
      [1, 1],
      [30, 20],
      [0, 0],
    ])
    expect(heard(silent)).toEqual([])
  })

  test('are not told to who may not know, until that changes', async () => {
    alerts.fire(1)
    const dev = await watch('?alerts=true', { as: 'dev' })
    await createApp('mine', 'dev')
    await came(dev, 1)
    expect(heard(dev)).toEqual([])
    await fixture.store.write(async (writer) => {
      const [user] = await writer.list(users, { index: 'name', equals: 'dev' })
      const [organization] = await writer.list(organizations)
      if (!user || !organization) throw new Error('nobody is here')
      const others = organization.members.filter(({ userId }) => userId !== user.id)
      await writer.put(organizations, {
        ...organization,
        members: [...others, { userId: user.id, roles: ['Infrastructure_Provider'] }],
      })
    })
    await until('it is told', () => heard(dev).length === 1)
  })

  test('leave nothing behind', async () => {
    const reader = await watch('?alerts=true')
    await until('it listens', () => alerts.listeners === 1)
    await reader[Symbol.asyncDispose]()
    await until('nobody listens', () => alerts.listeners === 0)
  })
})
