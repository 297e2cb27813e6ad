import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { service } from '../testing/documents.ts'
import { good, ids, type Json, ResourceDesk } from './testing/resource-desk.ts'

/*
 * One test per line and quirk of `reference/orchestration.md` 8.1 and 8.3: what upstream's clients and add-ons rely on is as there,
 * what fails there (W-38) works.
 */

const CANONICAL =
  '_id cpu_percent vcpus memory_percent vram vram_percent gpu_temp gpu_drivers gpu_percent vgpus memory virtualization supported_addons active_nodes ip port candidate_location candidate_name cpu_history memory_history csi_drivers'

let desk: ResourceDesk
beforeAll(async () => {
  desk = await ResourceDesk.open()
})
afterAll(() => desk[Symbol.asyncDispose]())

const call: ResourceDesk['call'] = (...args) => desk.call(...args)

test('nothing is answered to whoever is not logged in', async () => {
  for (const path of ['resources', 'applications', 'jobs', 'hooks', 'custom-resources', 'custom-resources/x'])
    for (const end of ['', '/']) expect((await desk.root.call('GET', `/api/v1/${path}${end}`)).status).toBe(401)
})

describe('candidates', () => {
  test('have the canonical fields and no other, as JSON', async () => {
    const answer = await call('GET', '/resources/')
    expect(answer.headers.get('content-type')).toContain('application/json')
    const [candidate] = answer.json<Json[]>()
    expect(Object.keys(candidate ?? {}).toSorted()).toEqual(CANONICAL.split(' ').toSorted())
    expect(candidate).toMatchObject({ _id: desk.cluster, port: expect.any(String) })
  })

  test('have what `resources` names besides', async () => {
    const [candidate] = await good<Json[]>(call('GET', '/resources/?resources=active,presence,nothing'))
    expect(candidate).toMatchObject({ active: true, presence: 'here' })
    expect(candidate).not.toHaveProperty('nothing')
  })

  test('are filtered by activity, name and address; unknown parameters are ignored', async () => {
    const [{ candidate_name, ip } = {}] = await good<Json[]>(call('GET', '/resources/'))
    for (const query of ['active=true', 'active=True', 'active=false', `candidate_name=${candidate_name}`, `ip=${ip}`, 'unknown=1'])
      expect(ids(await good(call('GET', `/resources/?${query}`))), query).toEqual([desk.cluster])
    for (const query of ['candidate_name=nobody', 'ip=203.0.113.9'])
      expect(await good(call('GET', `/resources/?${query}`)), query).toEqual([])
  })

  test('are filtered by the job they run, which fails upstream', async () => {
    const { id } = await desk.job()
    expect(await good(call('GET', `/resources/?job_id=${id}`))).toEqual([])
    await good(desk.root.call('POST', `/api/service/${id}/instance`, undefined, { token: desk.token }))
    await until('the instance has a place', async () => ids(await good(call('GET', `/resources/?job_id=${id}`))).includes(desk.cluster))
    expect((await call('GET', `/resources/?job_id=${'f'.repeat(24)}`)).status).toBe(404)
  })

  test('are shown one by one; what cannot be an id is told apart from what is none', async () => {
    expect(Object.keys(await good(call('GET', `/resources/${desk.cluster}/`))).toSorted()).toEqual(CANONICAL.split(' ').toSorted())
    expect((await call('GET', '/resources/nonsense')).status).toBe(400)
    expect((await call('GET', `/resources/${'f'.repeat(24)}`)).status).toBe(404)
  })

  test('are changed in what is an operator’s to say, and refused as 422 where the body is wrong', async () => {
    expect(await good(call('PATCH', `/resources/${desk.cluster}`, { cordoned: true, labels: ['a=b'] }))).toMatchObject({
      cordoned: true,
      labels: ['a=b'],
    })
    await good(call('PATCH', `/resources/${desk.cluster}`, { cordoned: false, labels: [] }))
    expect((await call('PATCH', `/resources/${desk.cluster}`, { cordoned: 'maybe' })).status).toBe(422)
    expect((await call('PATCH', `/resources/${desk.cluster}`, { cpu_percent: 5 })).status).toBe(405)
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
    const { id } = await desk.application()
    expect(await good(call('GET', `/applications/${id}`))).toMatchObject({
      _id: { $oid: id },
      applicationID: id,
      microservices: [],
      userId: 'Admin',
    })
  })

  test('are made with services where these come as documents', async () => {
    const body = { application_name: desk.newName('app'), application_namespace: 't', microservices: [service('web'), 'an id'] }
    expect((await good<{ microservices: string[] }>(call('POST', '/applications', body))).microservices).toHaveLength(1)
  })

  test('are filtered by name, namespace and user', async () => {
    const { id, name } = await desk.application()
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
    const { id, name } = await desk.application()
    expect(await good(call('PATCH', `/applications/${id}`, { application_desc: 'new' }))).toMatchObject({
      application_desc: 'new',
      application_name: name,
    })
    expect((await call('PATCH', `/applications/${id}`, { application_name: 'other' })).status).toBe(400)
  })

  test('are deleted, and answered as they were', async () => {
    const { id, name } = await desk.application()
    expect(await good(call('DELETE', `/applications/${id}`))).toMatchObject({ application_name: name })
    expect((await call('GET', `/applications/${id}`)).status).toBe(404)
  })

  test('tell what is wrong with them under the names that were sent', async () => {
    const answer = await call('POST', '/applications', { application_name: 'a-b', application_namespace: 't' })
    expect(answer.status).toBe(422)
    expect(answer.json()).toMatchObject({ errors: [{ path: 'application_name' }] })
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
    const name = desk.newName('kind')
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
