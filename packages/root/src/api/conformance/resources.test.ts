import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { service, sla } from '../testing/documents.ts'
import { type Answer, StartedRoot } from './testing/started-root.ts'

/*
 * One test per line and quirk of `reference/orchestration.md` 8.1 to 8.3: what upstream's clients and add-ons rely on is as there,
 * what fails there (W-37, W-38) works.
 */

const CANONICAL =
  '_id cpu_percent vcpus memory_percent vram vram_percent gpu_temp gpu_drivers gpu_percent vgpus memory virtualization supported_addons active_nodes ip port candidate_location candidate_name cpu_history memory_history csi_drivers'

let root: StartedRoot
let token: string
let cluster: string
let count = 0
beforeAll(async () => {
  root = await StartedRoot.start()
  token = await root.login('Admin')
  cluster = await root.addCluster('munich'.replace(/[^0-9a-f]/g, 'a'))
  await until('the cluster is here', () => root.root.connectedClusters().has(cluster))
})
afterAll(() => root[Symbol.asyncDispose]())

type Json = Record<string, unknown>

const call = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, headers = {}) =>
  root.call(method, `/api/v1${path}`, body, { token, headers })

async function good<T = Json>(pending: Promise<Answer>, status = 200): Promise<T> {
  const answer = await pending
  expect(answer.status, answer.text).toBe(status)
  return answer.text === '' ? (undefined as T) : answer.json<T>()
}

const ids = (list: readonly Json[]) => list.map(({ _id }) => (typeof _id === 'string' ? _id : (_id as { $oid: string }).$oid))

/** An application of its own for each test: its id and name. */
async function application(): Promise<{ readonly id: string; readonly name: string }> {
  const name = `app${(count += 1)}`
  const made = await good<{ applicationID: string }>(call('POST', '/applications/', { application_name: name, application_namespace: 't' }))
  return { id: made.applicationID, name }
}

async function job(extra: Json = {}): Promise<{ readonly id: string; readonly name: string; readonly applicationId: string }> {
  const { id: applicationId, name } = await application()
  const made = await good<{ microserviceID: string; job_name: string }>(
    call('POST', '/jobs/', { ...service('web', extra), applicationID: applicationId }),
  )
  expect(made.job_name).toBe(`${name}.t.web.t`)
  return { id: made.microserviceID, name: made.job_name, applicationId }
}

test('nothing is answered to whoever is not logged in', async () => {
  for (const path of ['resources', 'applications', 'jobs', 'hooks', 'custom-resources', 'custom-resources/x'])
    for (const end of ['', '/']) expect((await root.call('GET', `/api/v1/${path}${end}`)).status).toBe(401)
})

describe('candidates', () => {
  test('have the canonical fields and no other, as JSON', async () => {
    const answer = await call('GET', '/resources/')
    expect(answer.headers.get('content-type')).toContain('application/json')
    const [candidate] = answer.json<Json[]>()
    expect(Object.keys(candidate ?? {}).toSorted()).toEqual(CANONICAL.split(' ').toSorted())
    expect(candidate).toMatchObject({ _id: cluster, port: expect.any(String) })
  })

  test('have what `resources` names besides', async () => {
    const [candidate] = await good<Json[]>(call('GET', '/resources/?resources=active,presence,nothing'))
    expect(candidate).toMatchObject({ active: true, presence: 'here' })
    expect(candidate).not.toHaveProperty('nothing')
  })

  test('are filtered by activity, name and address; unknown parameters are ignored', async () => {
    const [{ candidate_name, ip } = {}] = await good<Json[]>(call('GET', '/resources/'))
    for (const query of ['active=true', 'active=True', 'active=false', `candidate_name=${candidate_name}`, `ip=${ip}`, 'unknown=1'])
      expect(ids(await good(call('GET', `/resources/?${query}`))), query).toEqual([cluster])
    for (const query of ['candidate_name=nobody', 'ip=203.0.113.9'])
      expect(await good(call('GET', `/resources/?${query}`)), query).toEqual([])
  })

  test('are filtered by the job they run, which fails upstream', async () => {
    const { id } = await job()
    expect(await good(call('GET', `/resources/?job_id=${id}`))).toEqual([])
    await good(root.call('POST', `/api/service/${id}/instance`, undefined, { token }))
    await until('the instance has a place', async () => ids(await good(call('GET', `/resources/?job_id=${id}`))).includes(cluster))
    expect((await call('GET', `/resources/?job_id=${'f'.repeat(24)}`)).status).toBe(404)
  })

  test('are shown one by one; what cannot be an id is told apart from what is none', async () => {
    expect(Object.keys(await good(call('GET', `/resources/${cluster}/`))).toSorted()).toEqual(CANONICAL.split(' ').toSorted())
    expect((await call('GET', '/resources/nonsense')).status).toBe(400)
    expect((await call('GET', `/resources/${'f'.repeat(24)}`)).status).toBe(404)
  })

  test('are changed in what is an operator’s to say, and refused as 422 where the body is wrong', async () => {
    expect(await good(call('PATCH', `/resources/${cluster}`, { cordoned: true, labels: ['a=b'] }))).toMatchObject({
      cordoned: true,
      labels: ['a=b'],
    })
    await good(call('PATCH', `/resources/${cluster}`, { cordoned: false, labels: [] }))
    expect((await call('PATCH', `/resources/${cluster}`, { cordoned: 'maybe' })).status).toBe(422)
    expect((await call('PATCH', `/resources/${cluster}`, { cpu_percent: 5 })).status).toBe(405)
  })

  test('that are unknown are not changed, where upstream answers 200 with nothing', async () => {
    expect((await call('PATCH', `/resources/${'f'.repeat(24)}`, { cordoned: true })).status).toBe(404)
    expect((await call('PATCH', '/resources/nonsense', { cordoned: true })).status).toBe(404)
  })

  test('are removed with 204, whether or not they are there', async () => {
    expect((await call('DELETE', `/resources/${'f'.repeat(24)}`)).status).toBe(204)
    expect((await call('DELETE', '/resources/nonsense')).status).toBe(204)
  })

  test.each(['POST', 'PUT'] as const)('are not made by %s: the answer says how they join', async (method) => {
    const answer = await call(method, '/resources/', { candidate_name: 'x' })
    expect(answer.status).toBe(405)
    expect(answer.json<{ message: string }>().message).toContain('POST /api/clusters/join-token')
  })
})

describe('applications', () => {
  test('are made one by one, and answered with their id', async () => {
    const { id } = await application()
    expect(await good(call('GET', `/applications/${id}`))).toMatchObject({
      _id: { $oid: id },
      applicationID: id,
      microservices: [],
      userId: 'Admin',
    })
  })

  test('are made with services where these come as documents', async () => {
    const body = { application_name: `app${(count += 1)}`, application_namespace: 't', microservices: [service('web'), 'an id'] }
    expect((await good<{ microservices: string[] }>(call('POST', '/applications', body))).microservices).toHaveLength(1)
  })

  test('are filtered by name, namespace and user', async () => {
    const { id, name } = await application()
    expect(ids(await good(call('GET', `/applications/?application_name=${name}&application_namespace=t&userId=Admin`)))).toEqual([id])
    for (const query of [`application_name=${name}&application_namespace=other`, `application_name=${name}&userId=nobody`])
      expect(await good(call('GET', `/applications/?${query}`)), query).toEqual([])
  })

  test('that are not there are not found, where upstream answers null or 500', async () => {
    for (const id of ['f'.repeat(24), 'nonsense']) {
      for (const method of ['GET', 'DELETE'] as const) expect((await call(method, `/applications/${id}`)).status).toBe(404)
      expect((await call('PATCH', `/applications/${id}`, { application_desc: 'x' })).status).toBe(404)
    }
  })

  test('are changed by what is named, and answered as they are then', async () => {
    const { id, name } = await application()
    expect(await good(call('PATCH', `/applications/${id}`, { application_desc: 'new' }))).toMatchObject({
      application_desc: 'new',
      application_name: name,
    })
    expect((await call('PATCH', `/applications/${id}`, { application_name: 'other' })).status).toBe(400)
  })

  test('are deleted, and answered as they were', async () => {
    const { id, name } = await application()
    expect(await good(call('DELETE', `/applications/${id}`))).toMatchObject({ application_name: name })
    expect((await call('GET', `/applications/${id}`)).status).toBe(404)
  })

  test('tell what is wrong with them under the names that were sent', async () => {
    const answer = await call('POST', '/applications', { application_name: 'a-b', application_namespace: 't' })
    expect(answer.status).toBe(422)
    expect(answer.json()).toMatchObject({ errors: [{ path: 'application_name' }] })
  })
})

describe('jobs', () => {
  test('are listed, all of them or by application and name', async () => {
    const { id, name, applicationId } = await job()
    const other = await job()
    expect(ids(await good(call('GET', '/jobs/')))).toEqual(expect.arrayContaining([id, other.id]))
    expect(ids(await good(call('GET', `/jobs/?applicationID=${applicationId}`)))).toEqual([id])
    expect(ids(await good(call('GET', `/jobs/?job_name=${name}`)))).toEqual([id])
    expect(await good(call('GET', `/jobs/?job_name=${name}&applicationID=${other.applicationId}`))).toEqual([])
    // Answers 500 upstream.
    expect((await call('GET', '/jobs/?params=x')).status).toBe(200)
  })

  test('come in pages', async () => {
    const { applicationId } = await job()
    await good(call('POST', '/jobs', { ...service('db'), applicationID: applicationId }))
    const first = await call('GET', `/jobs?applicationID=${applicationId}&limit=1`)
    const second = await call('GET', `/jobs?applicationID=${applicationId}&limit=1&cursor=${first.headers.get('x-next-cursor')}`)
    expect([...first.json<Json[]>(), ...second.json<Json[]>()].map(({ microservice_name }) => microservice_name)).toEqual(['web', 'db'])
  })

  test('are put: made under a new name, changed under a known one, with what root adds to them left alone', async () => {
    const { id: applicationID, name } = await application()
    const body = {
      ...service('web'),
      app_name: name,
      app_ns: 't',
      job_name: `${name}.t.web.t`,
      instance_list: [],
      next_instance_progressive_number: 0,
    }
    const made = await good(call('PUT', '/jobs', body))
    expect(made).toMatchObject({ applicationID, revision: 1, instance_list: [] })
    const changed = await good(call('PUT', '/jobs', { ...made, memory: 64 }))
    expect(changed).toMatchObject({ microserviceID: made['microserviceID'], memory: 64, revision: 2 })
  })

  test('that are posted twice are one: the second is refused', async () => {
    const { applicationId } = await job()
    expect((await call('POST', '/jobs', { ...service('web'), applicationID: applicationId })).status).toBe(409)
  })

  test('belong to an application, and say so', async () => {
    expect((await call('POST', '/jobs', service('web'))).json()).toMatchObject({
      code: 400,
      message: expect.stringContaining('applicationID'),
    })
  })

  test('are shown with 400 for what cannot be an id, and 404 for what is none', async () => {
    const { id, name } = await job()
    expect(await good(call('GET', `/jobs/${id}`))).toMatchObject({ job_name: name, _id: { $oid: id } })
    expect((await call('GET', '/jobs/nonsense')).status).toBe(400)
    expect((await call('GET', `/jobs/${'f'.repeat(24)}`)).status).toBe(404)
  })

  test('are patched: the merged descriptor has to be right', async () => {
    const { id } = await job({ memory: 5, environment: ['A=1'] })
    expect(await good(call('PATCH', `/jobs/${id}`, { vcpus: 2 }))).toMatchObject({ memory: 5, vcpus: 2, environment: ['A=1'], revision: 2 })
    expect((await call('PATCH', `/jobs/${id}`, { memory: 'lots' })).status).toBe(400)
    expect((await call('PATCH', `/jobs/${id}`, { microservice_name: 'other' })).status).toBe(400)
    expect((await call('PATCH', `/jobs/${id}`, { status: 'RUNNING' })).status).toBe(405)
  })

  test('are patched for the version they are meant for', async () => {
    const { id } = await job()
    const etag = (await call('GET', `/jobs/${id}`)).headers.get('etag')
    expect((await call('PATCH', `/jobs/${id}`, { memory: 7 }, { 'if-match': etag })).status).toBe(200)
    expect((await call('PATCH', `/jobs/${id}`, { memory: 8 }, { 'if-match': etag })).status).toBe(409)
  })

  test('are deleted, and answered as they were', async () => {
    const { id, name } = await job()
    expect(await good(call('DELETE', `/jobs/${id}`))).toMatchObject({ job_name: name })
    expect((await call('DELETE', `/jobs/${id}`)).status).toBe(404)
  })
})

describe('instances of jobs', () => {
  test('are put under the next number, and refused with 400 where the number is taken', async () => {
    const { id } = await job()
    expect(await good(call('PUT', `/jobs/${id}/0`, { instance_list: [{ instance_number: 0 }] }))).toMatchObject({
      instance_list: [{ instance_number: 0 }],
    })
    expect((await call('PUT', `/jobs/${id}/0`, {})).status).toBe(400)
    expect((await call('PUT', `/jobs/${id}/7`, {})).status).toBe(409)
    await good(call('PUT', `/jobs/${id}/1`, {}))
    expect(await good(call('GET', `/jobs/${id}/1`))).toMatchObject({ instance_list: [{ instance_number: 1 }] })
  })

  test('are shown by the path, and by a parameter that always fails upstream', async () => {
    const { id } = await job()
    await good(call('PUT', `/jobs/${id}/0`))
    await good(call('PUT', `/jobs/${id}/1`))
    for (const path of [`/jobs/${id}/1`, `/jobs/${id}?instance_number=1`])
      expect(
        (await good<{ instance_list: Json[] }>(call('GET', path))).instance_list.map(({ instance_number }) => instance_number),
      ).toEqual([1])
    for (const path of [`/jobs/${id}/9`, `/jobs/${id}?instance_number=9`]) expect((await call('GET', path)).status).toBe(404)
  })

  test('are ended, and not patched: what they do is reported', async () => {
    const { id } = await job()
    await good(call('PUT', `/jobs/${id}/0`))
    const patched = await call('PATCH', `/jobs/${id}/0`, { status: 'RUNNING' })
    expect(patched.status).toBe(405)
    expect(patched.json<{ message: string }>().message).toContain('/move')
    expect(await good(call('DELETE', `/jobs/${id}/0`))).toMatchObject({ instance_list: [] })
  })
})

/** Somebody who listens for hooks, on a port of this machine. */
async function listen(answer: (body: Json, headers: Record<string, unknown>) => readonly [number, unknown]) {
  const calls: Json[] = []
  const server: Server = createServer((request, response) => {
    let text = ''
    request
      .on('data', (part) => (text += part))
      .on('end', () => {
        const body = JSON.parse(text) as Json
        calls.push(body)
        const [status, reply] = answer(body, request.headers)
        response.writeHead(status, { 'content-type': 'application/json', location: 'http://127.0.0.1:1/' }).end(JSON.stringify(reply))
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url, calls, [Symbol.dispose]: close }
}

describe('hooks', () => {
  beforeEach(async () => {
    for (const id of ids(await good(call('GET', '/hooks/')))) await good(call('DELETE', `/hooks/${id}`), 204)
  })

  const hook = (url: string, entity: string, events: readonly string[], extra = {}) =>
    call('POST', '/hooks/', { hook_name: `hook${(count += 1)}`, webhook_url: url, entity, events, ...extra })
  const NOBODY = 'http://127.0.0.1:9/'

  test('are made with 201, listed, shown (500 upstream), changed, and removed with 204', async () => {
    const made = await good(hook(NOBODY, 'resources', ['post_update']), 201)
    expect(made).toMatchObject({
      _id: expect.any(String),
      entity: 'resources',
      events: ['post_update'],
      secret: expect.stringMatching(/^\w{48}$/),
    })
    const shown = await good(call('GET', `/hooks/${made['_id']}`))
    expect(await good(call('GET', '/hooks'))).toEqual([shown])
    expect(shown).not.toHaveProperty('secret')
    expect(await good(call('PATCH', `/hooks/${made['_id']}`, { events: ['pre_delete'] }))).toMatchObject({
      ...shown,
      events: ['pre_delete'],
    })
    await good(call('DELETE', `/hooks/${made['_id']}`), 204)
    expect((await call('GET', `/hooks/${made['_id']}`)).status).toBe(404)
  })

  test('have a name, and entity and address, of their own: 409, not 500', async () => {
    const made = await good<{ hook_name: string }>(hook(NOBODY, 'jobs', ['post_create']), 201)
    expect((await hook(NOBODY, 'jobs', ['post_update'])).status).toBe(409)
    expect((await hook(`${NOBODY}2`, 'jobs', ['post_update'], { hook_name: made.hook_name })).status).toBe(409)
    await good(hook(NOBODY, 'job', ['post_update']), 201)
  })

  test('are refused with 422 for what is no event, no address, or too long a wait', async () => {
    expect((await hook(NOBODY, 'jobs', ['post_everything'])).status).toBe(422)
    for (const url of [
      'ftp://x/',
      'file:///etc/passwd',
      'http://user:pw@host/',
      'http://169.254.169.254/latest',
      'http://[fe80::1]/',
      'nonsense',
    ])
      expect((await hook(url, 'jobs', ['post_create'])).status, url).toBe(422)
    expect((await hook(NOBODY, 'jobs', ['post_create'], { timeout_ms: 15_001 })).status).toBe(422)
  })

  test('are called before and after over HTTP, and no redirect is followed', async () => {
    using receiver = await listen((body) => ('event' in body ? [200, {}] : [200, { ...body, memory: 96 }]))
    await good(hook(receiver.url, 'job', ['pre_create', 'post_create']), 201)
    const { id } = await job({ memory: 5 })
    expect(await good(call('GET', `/jobs/${id}`))).toMatchObject({ memory: 96 })
    await until('the hook was told', () =>
      receiver.calls.some(({ event, entity, entity_id }) => event === 'post_create' && entity === 'job' && entity_id === id),
    )
    using redirecting = await listen(() => [307, {}])
    await good(hook(redirecting.url, 'applications', ['pre_create'], { on_failure: 'closed' }), 201)
    expect((await call('POST', '/applications', { application_name: 'never', application_namespace: 't' })).status).toBe(503)
    expect(redirecting.calls).toHaveLength(1)
  })

  test('are called under `jobs` as well as under `job`, for services that come by either way', async () => {
    using receiver = await listen(() => [200, {}])
    await good(hook(receiver.url, 'jobs', ['post_create']), 201)
    const { id } = await job()
    const [made] = await good<{ microservices: string[] }[]>(root.call('POST', '/api/application', sla(`app${(count += 1)}`), { token }))
    expect(made).toBeDefined()
    await until('both were told', () => receiver.calls.length >= 2)
    expect(receiver.calls[0]).toMatchObject({ entity: 'jobs', entity_id: id, event: 'post_create' })
  })

  test('are asked before something is deleted, which never happens upstream', async () => {
    using receiver = await listen((body) => ('event' in body ? [200, {}] : [403, { message: 'still needed' }]))
    const { id } = await job()
    await good(hook(receiver.url, 'jobs', ['pre_delete']), 201)
    expect((await call('DELETE', `/jobs/${id}`)).json()).toMatchObject({ code: 403, message: expect.stringContaining('still needed') })
    expect(receiver.calls).toEqual([expect.objectContaining({ _id: id })])
  })

  test('may change an instance’s fate only by a no: what they answer is not discarded, it is not asked for', async () => {
    using receiver = await listen(() => [409, { message: 'enough' }])
    const { id } = await job()
    await good(hook(receiver.url, 'jobs', ['pre_create']), 201)
    expect((await call('PUT', `/jobs/${id}/0`)).status).toBe(403)
    expect((await good<{ instance_list: Json[] }>(call('GET', `/jobs/${id}`))).instance_list).toEqual([])
  })

  test('hear no heartbeat of a cluster as an update', async () => {
    using receiver = await listen(() => [200, {}])
    await good(hook(receiver.url, 'resources', ['post_update']), 201)
    await good(call('PATCH', `/resources/${cluster}`, { labels: ['seen=1'] }))
    await until('the label was told', () => receiver.calls.length > 0)
    await good(call('PATCH', `/resources/${cluster}`, { labels: [] }))
    await until('so was its end', () => receiver.calls.length > 1)
    expect(receiver.calls).toEqual(
      [1, 2].map(() => expect.objectContaining({ entity: 'resources', entity_id: cluster, event: 'post_update' })),
    )
  })
})

describe('custom resources', () => {
  const define = (
    schema: unknown = {
      type: 'object',
      required: ['color'],
      additionalProperties: false,
      properties: { color: { type: 'string' }, size: { type: 'number' } },
    },
  ) => {
    const name = `kind${(count += 1)}`
    return good(call('POST', '/custom-resources/', { resource_type: name, schema }), 201).then(() => name)
  }

  test('have types: 201, 422 without a name, 409 (500 upstream) for a second one', async () => {
    const name = await define()
    expect(await good(call('GET', '/custom-resources/'))).toContainEqual({
      _id: expect.any(String),
      resource_type: name,
      schema: expect.any(Object),
    })
    expect((await call('POST', '/custom-resources/', { schema: {} })).status).toBe(422)
    expect((await call('POST', '/custom-resources/', { resource_type: name, schema: {} })).status).toBe(409)
  })

  test('are removed with their type, which answers with a message; an unknown type is not found', async () => {
    const name = await define()
    await good(call('POST', `/custom-resources/${name}`, { color: 'red' }))
    expect(await good(call('DELETE', `/custom-resources/${name}`))).toMatchObject({ message: expect.any(String) })
    for (const method of ['GET', 'DELETE'] as const)
      expect((await call(method, `/custom-resources/${name}`)).json()).toMatchObject({ code: 404, message: expect.any(String) })
  })

  test('are made with 200 and an `_id`, refused with 400 and what is wrong', async () => {
    const name = await define()
    expect(await good(call('POST', `/custom-resources/${name}`, { color: 'red' }))).toMatchObject({
      _id: expect.stringMatching(/^[0-9a-f]{24}$/),
      color: 'red',
    })
    expect((await call('POST', `/custom-resources/${name}`, { size: 1 })).json()).toMatchObject({
      code: 400,
      message: expect.stringContaining('color'),
    })
  })

  test('are filtered by what is stored: numbers, too', async () => {
    const name = await define()
    const { _id } = await good(call('POST', `/custom-resources/${name}`, { color: 'red', size: 3 }))
    await good(call('POST', `/custom-resources/${name}`, { color: 'red', size: 4 }))
    expect(ids(await good(call('GET', `/custom-resources/${name}?color=red&size=3`)))).toEqual([_id])
  })

  test('are patched although their schema is strict, and removed with their id as the answer', async () => {
    const name = await define()
    const { _id } = await good(call('POST', `/custom-resources/${name}`, { color: 'red' }))
    expect(await good(call('PATCH', `/custom-resources/${name}/${_id}`, { _id, size: 2 }))).toMatchObject({ color: 'red', size: 2 })
    expect(await good(call('DELETE', `/custom-resources/${name}/${_id}`))).toEqual({ _id })
    expect((await call('GET', `/custom-resources/${name}/${_id}`)).status).toBe(404)
  })

  test('of the type meta_data are objects like others', async () => {
    await good(call('POST', '/custom-resources/', { resource_type: 'meta_data', schema: {} }), 201)
    await good(call('POST', '/custom-resources/meta_data', { any: 1 }))
    expect(await good<Json[]>(call('GET', '/custom-resources/meta_data'))).toHaveLength(1)
    expect(
      (await good<Json[]>(call('GET', '/custom-resources/'))).filter(({ resource_type }) => resource_type === 'meta_data'),
    ).toHaveLength(1)
  })
})
