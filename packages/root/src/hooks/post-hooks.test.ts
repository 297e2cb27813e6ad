import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectError, service, sla } from '../api/testing/documents.ts'
import { clusters, instances, reports } from '../state/collections.ts'
import { hookDeliveries } from './hook.ts'
import { retryDeliveries } from './operations-hooks.ts'
import { Answer, type HookScene, openHookScene } from './testing/hook-scene.ts'

let scene: HookScene
beforeEach(async () => {
  scene = await openHookScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const HOUR_MS = 3_600_000
const ALL = ['post_create', 'post_update', 'post_delete']

async function createApp(name = 'shop') {
  const [app] = (await scene.call('POST', '/api/application', sla(name, [service('web')]))).json().slice(-1)
  return { id: app.applicationID as string, serviceId: app.microservices[0] as string }
}

const waiting = () => scene.store.read((reader) => reader.count(hookDeliveries))
const deliveries = async (hook: string, query = '') => (await scene.call('GET', `/api/v1/hooks/${hook}/deliveries${query}`)).json()
/** What was told of an event, in the order of its words. */
const said = (event: string) =>
  scene
    .told(event)
    .map(({ entity, entity_id }) => [String(entity), String(entity_id)])
    .toSorted(([a = ''], [b = '']) => a.localeCompare(b))

describe('a hook that is told afterwards', () => {
  test('hears of applications, services and instances, each in its own word', async () => {
    await scene.hook('apps', 'applications', ALL)
    await scene.hook('services', 'services', ALL)
    await scene.hook('instances', 'instances', ALL)
    const { id, serviceId } = await createApp()
    const { instance_id } = (await scene.call('POST', `/api/service/${serviceId}/instance`)).json()
    await scene.idle()
    expect(said('post_create')).toEqual([
      ['applications', id],
      ['instances', instance_id],
      ['services', serviceId],
    ])
    await scene.call('DELETE', `/api/application/${id}`)
    await scene.idle()
    expect(said('post_delete')).toEqual([['applications', id]])
    // They leave when nothing is left of them on any machine.
    expect(said('post_update')).toEqual([
      ['instances', instance_id],
      ['services', serviceId],
    ])
    expect(await waiting()).toBe(0)
  })

  test('hears under the words of upstream all that these mean there', async () => {
    await scene.hook('jobs', 'jobs', ALL)
    await scene.hook('job', 'job', ALL)
    const { serviceId } = await createApp()
    await scene.call('POST', `/api/service/${serviceId}/instance`)
    await scene.idle()
    expect(said('post_create')).toEqual(
      expect.arrayContaining([
        ['jobs', serviceId],
        ['job', serviceId],
      ]),
    )
    expect(said('post_create').every(([, id]) => id === serviceId)).toBe(true)
  })

  test('gets the body of upstream, signed with its secret', async () => {
    await scene.hook('apps', 'applications', ['post_create'], { secret: 'sixteen letters and more' })
    const { id } = await createApp()
    await scene.idle()
    const [call] = scene.calls
    expect(JSON.parse(call?.body ?? '')).toMatchObject({
      entity: 'applications',
      entity_id: id,
      event: 'post_create',
      time: expect.any(String),
    })
    const { 'x-oak-timestamp': timestamp, 'x-oak-signature': signature } = call?.headers ?? {}
    expect(signature).toBe(`sha256=${createHmac('sha256', 'sixteen letters and more').update(`${timestamp}.${call?.body}`).digest('hex')}`)
  })

  test('hears of what clusters report when it is news, not of every heartbeat', async () => {
    const { serviceId } = await createApp()
    await scene.call('POST', `/api/service/${serviceId}/instance`)
    const [instance] = await scene.store.read((reader) => reader.list(instances))
    if (!instance) throw new Error('no instance')
    await scene.hook('instances', 'instances', ['post_update'])
    await scene.hook('resources', 'resources', ALL)
    const report = { instanceId: instance.id, clusterId: 'c', revision: 1, state: 'running' as const, detail: '', restarts: 0 }
    const cluster = { id: 'c', name: 'munich', location: '', createdAtMs: 0 }
    const write = (detail: string, lastSeenAtMs: number) =>
      scene.store.write(async (writer) => {
        await writer.put(reports, { ...report, detail })
        await writer.put(clusters, { ...cluster, lastSeenAtMs })
      })
    for (const beat of [1, 2, 3, 4]) {
      await write(`beat ${beat}`, beat)
      await scene.idle()
    }
    expect(said('post_update')).toEqual([['instances', instance.id]])
    expect(said('post_create')).toEqual([['resources', 'c']])
    await scene.store.write((writer) => writer.put(clusters, { ...cluster, cordoned: true }))
    await scene.idle()
    expect(said('post_update')).toContainEqual(['resources', 'c'])
  })

  test('hears nothing of what was taken back', async () => {
    await scene.hook('apps', 'applications', ALL)
    const twice = { ...sla('shop'), applications: [...sla('shop').applications, ...sla('shop').applications] }
    expect((await scene.call('POST', '/api/application', twice)).statusCode).toBe(409)
    await scene.idle()
    expect(scene.calls).toEqual([])
    expect(await waiting()).toBe(0)
  })
})

describe('what a hook did not take in', () => {
  test('is told again after a while, with the same delivery id, until it is', async () => {
    await scene.hook('apps', 'applications', ['post_create'])
    scene.receiver = () => (scene.calls.length < 3 ? new Answer(503) : undefined)
    await createApp()
    await scene.idle()
    expect(scene.calls).toHaveLength(1)
    await scene.fixture.clock.advance(10_000)
    await scene.idle()
    expect(scene.calls).toHaveLength(3)
    expect(new Set(scene.calls.map(({ headers }) => headers['x-oak-delivery'])).size).toBe(1)
    expect(await waiting()).toBe(0)
  })

  test('is given up after a day, can be seen, and told again', async () => {
    const hook = await scene.hook('apps', 'applications', ['post_create'])
    scene.receiver = () => Promise.reject(new Error('nobody there'))
    const { id } = await createApp()
    await scene.idle()
    expect(await deliveries(hook)).toMatchObject([{ state: 'waiting', entity_id: id, attempts: 1, last_error: 'nobody there' }])
    for (let hour = 0; hour < 25; hour += 1) await scene.fixture.clock.advance(HOUR_MS)
    await scene.idle()
    // By now every token has ended.
    const [failed] = await scene.store.read((reader) => reader.list(hookDeliveries, { index: 'dead', equals: hook }))
    expect(failed).toMatchObject({ event: 'post_create', body: { entity_id: id }, deadAtMs: expect.any(Number) })
    expect(failed).not.toHaveProperty('dueAtMs')
    // One and a quarter a hour, at most, once the pauses are long.
    expect(scene.calls.length).toBeLessThan(250)
    scene.receiver = () => undefined
    await scene.store.write((writer) => retryDeliveries(writer, hook, failed?.id, scene.fixture.clock.wallMs()))
    await scene.idle()
    expect(await waiting()).toBe(0)
  })

  test.each([400, 410, 422])('is given up at once after status %d, and told again with all the others', async (status) => {
    const hook = await scene.hook('apps', 'applications', ['post_create'])
    scene.receiver = () => new Answer(status)
    await createApp('one')
    await createApp('two')
    await scene.idle()
    expect(await deliveries(hook, '?state=failed')).toHaveLength(2)
    expect(await deliveries(hook, '?state=waiting')).toEqual([])
    scene.receiver = () => undefined
    expect((await scene.call('POST', `/api/v1/hooks/${hook}/retry`)).json().message).toContain('2')
    await scene.idle()
    expect(await waiting()).toBe(0)
  })

  test('holds up no other hook', async () => {
    await scene.hook('deaf', 'applications', ['post_create'])
    await scene.hook('good', 'applications', ['post_update', 'post_create'], { webhook_url: 'http://receiver/good' })
    scene.receiver = ({ url }) => (url.endsWith('deaf') ? new Promise<never>(() => undefined) : undefined)
    await createApp()
    await expect.poll(() => scene.calls.filter(({ url }) => url.endsWith('good')).length).toBe(1)
    await scene.fixture.clock.advance(2_001)
  })

  test('is one delivery however often it happens, and told again when it happens meanwhile', async () => {
    const { id } = await createApp()
    const hook = await scene.hook('apps', 'applications', ['post_update'])
    let release: () => void = () => undefined
    scene.receiver = () => new Promise<void>((resolve) => (release = resolve))
    const describeIt = (text: string) => scene.call('PUT', `/api/application/${id}`, { application_desc: text })
    await describeIt('a')
    await expect.poll(() => scene.calls.length).toBe(1)
    await describeIt('b')
    await describeIt('c')
    expect(await deliveries(hook)).toHaveLength(1)
    release()
    await expect.poll(() => scene.calls.length).toBe(2)
    release()
    await scene.idle()
    expect(scene.calls).toHaveLength(2)
    expect(await waiting()).toBe(0)
  })

  test('goes with its hook', async () => {
    const hook = await scene.hook('apps', 'applications', ['post_create'])
    scene.receiver = () => new Answer(503)
    await createApp()
    await scene.idle()
    expect((await scene.call('DELETE', `/api/v1/hooks/${hook}`)).statusCode).toBe(204)
    expect(await waiting()).toBe(0)
    expectError(await scene.call('GET', `/api/v1/hooks/${hook}/deliveries`), 404, 'no hook')
    await scene.fixture.clock.advance(HOUR_MS)
    expect(scene.calls).toHaveLength(1)
  })
})
