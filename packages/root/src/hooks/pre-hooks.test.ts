import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectError, service, sla } from '../api/testing/documents.ts'
import { clusters } from '../state/collections.ts'
import { Answer, type HookScene, openHookScene } from './testing/hook-scene.ts'

let scene: HookScene
beforeEach(async () => {
  scene = await openHookScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const never = () => new Promise<never>(() => undefined)

async function createService(extra: object = {}): Promise<string> {
  const answer = await scene.call('POST', '/api/application', sla('shop', [service('web', extra)]))
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()[0].microservices[0]
}

/** Lets a call wait for a hook until its time is over. */
async function afterTimeout(pending: ReturnType<HookScene['call']>) {
  const count = scene.calls.length
  await expect.poll(() => scene.calls.length).toBeGreaterThan(count)
  await scene.fixture.clock.advance(2_001)
  return pending
}

describe('a hook that is asked before', () => {
  test('sees what is about to be, and may change it', async () => {
    await scene.hook('defaults', 'services', ['pre_create'])
    scene.receiver = ({ body }) => ({ ...body, memory: 64, environment: ['A=1'] })
    const id = await createService({ memory: 5 })
    expect(scene.told('pre_create')).toEqual([expect.objectContaining({ microservice_name: 'web', memory: 5, app_name: 'shop' })])
    expect((await scene.call('GET', `/api/service/${id}`)).json()).toMatchObject({ memory: 64, environment: ['A=1'] })
  })

  test('may name only what it changes, and take members away with null', async () => {
    await scene.hook('trim', 'services', ['pre_create'])
    scene.receiver = () => ({ memory: null })
    expect((await scene.call('GET', `/api/service/${await createService({ memory: 64 })}`)).json()).toMatchObject({ memory: 0 })
  })

  test('is asked after the one before it, with what that made of it', async () => {
    await scene.hook('one', 'services', ['pre_create'])
    await scene.hook('two', 'job', ['pre_create'])
    scene.receiver = ({ body }) => ({ memory: Number(body['memory']) + 1 })
    expect((await scene.call('GET', `/api/service/${await createService({ memory: 64 })}`)).json().memory).toBe(66)
  })

  test('cannot make something that would have been refused', async () => {
    await scene.hook('clumsy', 'services', ['pre_create'])
    scene.receiver = () => ({ memory: 'lots' })
    expectError(await scene.call('POST', '/api/application', sla('shop')), 422, 'memory')
    expect((await scene.call('GET', '/api/applications')).json()).toEqual([])
  })

  test('is not asked about what is wrong anyway', async () => {
    await scene.hook('curious', 'applications', ['pre_create'])
    expect((await scene.call('POST', '/api/application', sla('a-b'))).statusCode).toBe(422)
    expect(scene.calls).toEqual([])
  })

  test('cannot change what something is about', async () => {
    const id = await createService()
    await scene.hook('thief', 'services', ['pre_update'])
    scene.receiver = () => ({ _id: 'f'.repeat(24), job_name: 'x', applicationID: 'y' })
    expect((await scene.call('PUT', `/api/service/${id}`, service('web', { memory: 7 }))).statusCode).toBe(200)
    expect(scene.told('pre_update')).toEqual([expect.objectContaining({ _id: id, job_name: 'shop.t.web.t', memory: 7 })])
    expect((await scene.call('GET', `/api/service/${id}`)).json()).toMatchObject({ memory: 7, job_name: 'shop.t.web.t' })
  })

  test.each([400, 403, 409, 422])('refuses with status %d, and its words reach who asked', async (status) => {
    await scene.hook('guard', 'applications', ['pre_create'])
    scene.receiver = () => new Answer(status, { message: 'not on a Friday' })
    expectError(await scene.call('POST', '/api/application', sla('shop')), 403, 'the hook guard refused this: not on a Friday')
    expect((await scene.call('GET', '/api/applications')).json()).toEqual([])
  })

  test.each([
    ['DELETE', '/api/service/ID', 'services', 'pre_delete'],
    ['POST', '/api/service/ID/instance', 'instances', 'pre_create'],
    ['DELETE', '/api/service/ID/instance/0', 'instances', 'pre_delete'],
    ['PUT', '/api/service/ID/replicas', 'services', 'pre_update'],
    ['POST', '/api/service/ID/rollback', 'jobs', 'pre_update'],
    ['POST', '/api/service/ID/instance/0/move', 'jobs', 'pre_update'],
    ['POST', '/api/service/ID/instance/0/restart', 'jobs', 'pre_update'],
  ] as const)('may refuse %s %s', async (method, path, entity, event) => {
    const id = await createService()
    await scene.call('POST', `/api/service/${id}/instance`)
    await scene.hook('guard', entity, [event])
    scene.receiver = () => new Answer(403, 'no')
    const body = path.endsWith('replicas') ? { replicas: 3 } : undefined
    expectError(await scene.call(method, path.replace('ID', id), body), 403, 'the hook guard refused this: no')
    expect(scene.told(event)[0]).toMatchObject({ microserviceID: id, job_name: 'shop.t.web.t' })
    expect((await scene.call('GET', `/api/service/${id}`)).json().instance_list).toHaveLength(1)
  })

  test('may refuse to delete an application, and a change of a cluster', async () => {
    await createService()
    await scene.hook('guard', 'applications', ['pre_delete'])
    await scene.hook('fence', 'resources', ['pre_update', 'pre_delete'])
    scene.receiver = () => new Answer(403)
    const [{ applicationID }] = (await scene.call('GET', '/api/applications')).json()
    expectError(await scene.call('DELETE', `/api/application/${applicationID}`), 403, 'guard')
    await scene.store.write((writer) => writer.put(clusters, { id: 'c', name: 'munich', location: '', createdAtMs: 0 }))
    expectError(await scene.call('PATCH', '/api/clusters/c', { cordoned: true }), 403, 'fence')
    expectError(await scene.call('DELETE', '/api/clusters/c'), 403, 'fence')
    expect(scene.told('pre_delete')).toMatchObject([{ application_name: 'shop' }, { cluster_name: 'munich' }])
  })

  test('learns nothing of what does not exist for who asked', async () => {
    const id = await createService()
    await scene.hook('curious', 'services', ['pre_delete', 'pre_update'])
    const other = { as: 'other', roles: ['Application_Provider'] } as const
    expect((await scene.call('DELETE', `/api/service/${id}`, undefined, other)).statusCode).toBe(404)
    expect((await scene.call('PUT', `/api/service/${id}`, service('web'), other)).statusCode).toBe(404)
    expect(scene.calls).toEqual([])
  })
})

describe('a hook that does not answer', () => {
  test.each([
    ['a status that is no refusal', () => new Answer(404)],
    ['a status of trouble', () => new Answer(500, 'oops')],
    ['a redirect', () => new Answer(302)],
    ['an exception', () => Promise.reject(new Error('broken'))],
  ])('is done without: %s', async (_what, receiver) => {
    await scene.hook('lost', 'services', ['pre_create'])
    scene.receiver = receiver
    await createService()
  })

  test('is done without when its time is over', async () => {
    await scene.hook('slow', 'services', ['pre_create'])
    scene.receiver = never
    expect((await afterTimeout(scene.call('POST', '/api/application', sla('shop')))).statusCode).toBe(200)
  })

  test('stops the change when it has to agree', async () => {
    await scene.hook('strict', 'services', ['pre_create'], { on_failure: 'closed' })
    scene.receiver = () => new Answer(500)
    expectError(await scene.call('POST', '/api/application', sla('shop')), 503, 'the hook strict has to agree and did not answer')
    scene.receiver = never
    expectError(await afterTimeout(scene.call('POST', '/api/application', sla('shop2'))), 503, 'took longer than 2000 ms')
    expect((await scene.call('GET', '/api/applications')).json()).toEqual([])
  })

  test('takes no more than its share of the time for all of them', async () => {
    const events = ['pre_create']
    for (const name of ['a', 'b', 'c'])
      await scene.hook(name, name === 'a' ? 'services' : name === 'b' ? 'job' : 'jobs', events, { timeout_ms: 15_000 })
    scene.receiver = never
    const pending = scene.call('POST', '/api/application', sla('shop'))
    await expect.poll(() => scene.calls.length).toBe(1)
    await scene.fixture.clock.advance(15_001)
    await expect.poll(() => scene.calls.length).toBe(2)
    await scene.fixture.clock.advance(5_001)
    expect((await pending).statusCode).toBe(200)
    expect(scene.calls).toHaveLength(2)
  })

  test('holds nobody up who asks for something else meanwhile', async () => {
    await scene.hook('slow', 'services', ['pre_create'])
    scene.receiver = never
    const pending = scene.call('POST', '/api/application', sla('shop'))
    await expect.poll(() => scene.calls.length).toBe(1)
    expect((await scene.call('POST', '/api/application', sla('other', []))).statusCode).toBe(200)
    await scene.fixture.clock.advance(2_001)
    expect((await pending).statusCode).toBe(200)
  })

  test('does not let a change through that was meant for another version by then', async () => {
    const id = await createService()
    const { etag } = (await scene.call('GET', `/api/service/${id}`)).headers
    await scene.hook('slow', 'services', ['pre_update'])
    scene.receiver = never
    const pending = scene.call('PUT', `/api/service/${id}`, service('web', { memory: 7 }), { headers: { 'if-match': String(etag) } })
    await expect.poll(() => scene.calls.length).toBe(1)
    scene.receiver = () => undefined
    await scene.call('PUT', `/api/service/${id}`, service('web', { memory: 8 }))
    await scene.fixture.clock.advance(2_001)
    expect((await pending).statusCode).toBe(409)
    expect((await scene.call('GET', `/api/service/${id}`)).json().memory).toBe(8)
  })
})
