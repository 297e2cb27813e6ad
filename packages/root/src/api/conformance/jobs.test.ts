import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { service } from '../testing/documents.ts'
import { good, ids, type Json, ResourceDesk } from './testing/resource-desk.ts'

/*
 * One test per line and quirk of `reference/orchestration.md` 8.1 about jobs: what upstream's clients and add-ons rely on is as there,
 * what fails there works.
 */

let desk: ResourceDesk
beforeAll(async () => {
  desk = await ResourceDesk.open()
})
afterAll(() => desk[Symbol.asyncDispose]())

const call: ResourceDesk['call'] = (...args) => desk.call(...args)

describe('jobs', () => {
  test('are listed, all of them or by application and name', async () => {
    const { id, name, applicationId } = await desk.job()
    const other = await desk.job()
    expect(ids(await good(call('GET', '/jobs/')))).toEqual(expect.arrayContaining([id, other.id]))
    expect(ids(await good(call('GET', `/jobs/?applicationID=${applicationId}`)))).toEqual([id])
    expect(ids(await good(call('GET', `/jobs/?job_name=${name}`)))).toEqual([id])
    expect(await good(call('GET', `/jobs/?job_name=${name}&applicationID=${other.applicationId}`))).toEqual([])
    // Answers 500 upstream.
    expect((await call('GET', '/jobs/?params=x')).status).toBe(200)
  })

  test('come in pages', async () => {
    const { applicationId } = await desk.job()
    await good(call('POST', '/jobs', { ...service('db'), applicationID: applicationId }))
    const first = await call('GET', `/jobs?applicationID=${applicationId}&limit=1`)
    const second = await call('GET', `/jobs?applicationID=${applicationId}&limit=1&cursor=${first.headers.get('x-next-cursor')}`)
    expect([...first.json<Json[]>(), ...second.json<Json[]>()].map(({ microservice_name }) => microservice_name)).toEqual(['web', 'db'])
  })

  test('are put: made under a new name, changed under a known one, with what root adds to them left alone', async () => {
    const { id: applicationID, name } = await desk.application()
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
    const { applicationId } = await desk.job()
    expect((await call('POST', '/jobs', { ...service('web'), applicationID: applicationId })).status).toBe(409)
  })

  test('belong to an application, and say so', async () => {
    expect((await call('POST', '/jobs', service('web'))).json()).toMatchObject({
      code: 400,
      message: expect.stringContaining('applicationID'),
    })
  })

  test('are shown with 400 for what cannot be an id, and 404 for what is none', async () => {
    const { id, name } = await desk.job()
    expect(await good(call('GET', `/jobs/${id}`))).toMatchObject({ job_name: name, _id: { $oid: id } })
    expect((await call('GET', '/jobs/nonsense')).status).toBe(400)
    expect((await call('GET', `/jobs/${'f'.repeat(24)}`)).status).toBe(404)
  })

  test('are patched: the merged descriptor has to be right', async () => {
    const { id } = await desk.job({ memory: 5, environment: ['A=1'] })
    expect(await good(call('PATCH', `/jobs/${id}`, { vcpus: 2 }))).toMatchObject({ memory: 5, vcpus: 2, environment: ['A=1'], revision: 2 })
    expect((await call('PATCH', `/jobs/${id}`, { memory: 'lots' })).status).toBe(400)
    expect((await call('PATCH', `/jobs/${id}`, { microservice_name: 'other' })).status).toBe(400)
    expect((await call('PATCH', `/jobs/${id}`, { status: 'RUNNING' })).status).toBe(405)
  })

  test('are patched for the version they are meant for', async () => {
    const { id } = await desk.job()
    const etag = (await call('GET', `/jobs/${id}`)).headers.get('etag') ?? ''
    expect((await call('PATCH', `/jobs/${id}`, { memory: 7 }, { 'if-match': etag })).status).toBe(200)
    expect((await call('PATCH', `/jobs/${id}`, { memory: 8 }, { 'if-match': etag })).status).toBe(409)
  })

  test('are deleted, and answered as they were', async () => {
    const { id, name } = await desk.job()
    expect(await good(call('DELETE', `/jobs/${id}`))).toMatchObject({ job_name: name })
    expect((await call('DELETE', `/jobs/${id}`)).status).toBe(404)
  })
})

describe('instances of jobs', () => {
  test('are put under the next number, and refused with 400 where the number is taken', async () => {
    const { id } = await desk.job()
    expect(await good(call('PUT', `/jobs/${id}/0`, { instance_list: [{ instance_number: 0 }] }))).toMatchObject({
      instance_list: [{ instance_number: 0 }],
    })
    expect((await call('PUT', `/jobs/${id}/0`, {})).status).toBe(400)
    expect((await call('PUT', `/jobs/${id}/7`, {})).status).toBe(409)
    await good(call('PUT', `/jobs/${id}/1`, {}))
    expect(await good(call('GET', `/jobs/${id}/1`))).toMatchObject({ instance_list: [{ instance_number: 1 }] })
  })

  test('are shown by the path, and by a parameter that always fails upstream', async () => {
    const { id } = await desk.job()
    await good(call('PUT', `/jobs/${id}/0`))
    await good(call('PUT', `/jobs/${id}/1`))
    for (const path of [`/jobs/${id}/1`, `/jobs/${id}?instance_number=1`])
      expect(
        (await good<{ instance_list: Json[] }>(call('GET', path))).instance_list.map(({ instance_number }) => instance_number),
      ).toEqual([1])
    for (const path of [`/jobs/${id}/9`, `/jobs/${id}?instance_number=9`]) expect((await call('GET', path)).status).toBe(404)
  })

  test('are ended, and not patched: what they do is reported', async () => {
    const { id } = await desk.job()
    await good(call('PUT', `/jobs/${id}/0`))
    const patched = await call('PATCH', `/jobs/${id}/0`, { status: 'RUNNING' })
    expect(patched.status).toBe(405)
    expect(patched.json<{ message: string }>().message).toContain('/move')
    expect(await good(call('DELETE', `/jobs/${id}/0`))).toMatchObject({ instance_list: [] })
  })
})
