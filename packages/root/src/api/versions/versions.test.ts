import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { expectError, service, sla } from '../testing/documents.ts'

let fixture: ApiFixture
let serviceId: string
let applicationId: string

beforeEach(async () => {
  fixture = await createApiFixture()
  const [application] = (await fixture.call('POST', '/api/application', sla('shop'))).json()
  applicationId = application.applicationID
  serviceId = application.microservices[0]
})
afterEach(() => fixture[Symbol.asyncDispose]())

async function guarded(method: 'PUT' | 'DELETE' | 'POST' | 'PATCH', url: string, version: string, payload?: object) {
  const headers = { authorization: `Bearer ${await fixture.tokenOf('Admin')}`, 'if-match': `"${version}"` }
  return fixture.api.inject({ method, url, headers, ...(payload && { payload }) })
}

const versionAt = async (url: string) => (await fixture.call('GET', url)).json().version as string

describe('a version', () => {
  test('stands in the answer and in its ETag, for one object and in lists', async () => {
    for (const [one, list] of [
      [`/api/service/${serviceId}`, '/api/services'],
      [`/api/application/${applicationId}`, '/api/applications'],
    ]) {
      const answer = await fixture.call('GET', one ?? '')
      expect(answer.headers.etag).toBe(`"${answer.json().version}"`)
      expect((await fixture.call('GET', list ?? '')).json()[0].version).toBe(answer.json().version)
    }
  })

  test('stays when instances come and go by themselves, and differs when somebody edits', async () => {
    const before = await versionAt(`/api/service/${serviceId}`)
    await fixture.call('POST', `/api/service/${serviceId}/instance`)
    expect(await versionAt(`/api/service/${serviceId}`)).toBe(before)
    await fixture.call('PUT', `/api/service/${serviceId}/replicas`, { replicas: 2 })
    expect(await versionAt(`/api/service/${serviceId}`)).not.toBe(before)
  })
})

describe('a change that is meant for one version', () => {
  test('is carried out on that version, and refused with the present one on any other', async () => {
    const version = await versionAt(`/api/service/${serviceId}`)
    const url = `/api/service/${serviceId}`
    expect((await guarded('PUT', url, version, service('web', { memory: 10 }))).statusCode).toBe(200)
    const refused = await guarded('PUT', url, version, service('web', { memory: 20 }))
    expectError(refused, 409, 'changed meanwhile')
    const present = await fixture.call('GET', url)
    expect(refused.json().version).toBe(present.json().version)
    expect(refused.headers.etag).toBe(present.headers.etag)
    expect(present.json().memory).toBe(10)
    expect((await guarded('PUT', url, refused.json().version, service('web', { memory: 20 }))).statusCode).toBe(200)
  })

  test.each([
    ['PUT', '/replicas', { replicas: 3 }],
    ['POST', '/rollback', {}],
    ['DELETE', '', undefined],
  ] as const)('holds for %s %s as well', async (method, path, body) => {
    expectError(await guarded(method, `/api/service/${serviceId}${path}`, 'another', body), 409, 'changed meanwhile')
    expect((await fixture.call('GET', `/api/service/${serviceId}`)).json()).toMatchObject({ replicas: null, revision: 1 })
  })

  test('does not delete an application that got a service meanwhile', async () => {
    const version = await versionAt(`/api/application/${applicationId}`)
    await fixture.call('POST', '/api/service', sla('shop', [service('late')], applicationId))
    expectError(await guarded('DELETE', `/api/application/${applicationId}`, version), 409, 'application shop')
    const present = await versionAt(`/api/application/${applicationId}`)
    expect((await guarded('DELETE', `/api/application/${applicationId}`, present)).statusCode).toBe(200)
  })

  test('is refused where nobody would heed it, and when it is not well-formed', async () => {
    expectError(await guarded('POST', `/api/service/${serviceId}/instance`, 'x'), 400, 'If-Match')
    const headers = { authorization: `Bearer ${await fixture.tokenOf('Admin')}`, 'if-match': 'naked' }
    expectError(await fixture.api.inject({ method: 'DELETE', url: `/api/service/${serviceId}`, headers }), 400, 'If-Match')
  })

  test('may name several versions, or any', async () => {
    const version = await versionAt(`/api/service/${serviceId}`)
    const headers = { authorization: `Bearer ${await fixture.tokenOf('Admin')}` }
    const put = (ifMatch: string, replicas: number) =>
      fixture.api.inject({
        method: 'PUT',
        url: `/api/service/${serviceId}/replicas`,
        headers: { ...headers, 'if-match': ifMatch },
        payload: { replicas },
      })
    expect((await put(`"other", W/"${version}"`, 1)).statusCode).toBe(200)
    expect((await put('*', 2)).statusCode).toBe(200)
  })

  test('tells nothing about what belongs to somebody else', async () => {
    const headers = { authorization: `Bearer ${await fixture.tokenOf('eve', ['Application_Provider'])}`, 'if-match': '"x"' }
    const answer = await fixture.api.inject({ method: 'DELETE', url: `/api/service/${serviceId}`, headers })
    expectError(answer, 404, 'no service')
    expect(answer.json()).not.toHaveProperty('version')
  })
})

describe('people and organizations', () => {
  test('are changed only as they were known, where that is asked for', async () => {
    await fixture.tokenOf('ann', ['Application_Provider'])
    const [organization] = (await fixture.call('GET', '/api/organization')).json()
    const rooms = [
      ['/api/user/ann', { email: 'new@example.org' }],
      [`/api/organization/${organization._id.$oid}`, { member: organization.member }],
    ] as const
    for (const [url, body] of rooms) {
      const { headers } = await fixture.call('GET', url)
      const version = (await fixture.call('GET', url)).json().version
      expect(headers.etag, url).toBe(`"${version}"`)
      expectError(await guarded('PUT', url, 'other', body), 409, 'changed meanwhile')
      expectError(await guarded('DELETE', url, 'other'), 409, 'changed meanwhile')
      expect((await guarded('PUT', url, version, body)).statusCode, url).toBe(200)
    }
    expect((await fixture.call('GET', '/api/user/ann')).json().email).toBe('new@example.org')
  })
})

describe('edits at the same time', () => {
  test('of one version: exactly one of many goes through', async () => {
    const version = await versionAt(`/api/service/${serviceId}`)
    const edits = Array.from({ length: 20 }, (_, n) =>
      guarded('PUT', `/api/service/${serviceId}`, version, service('web', { memory: n + 1, vcpus: n + 1 })),
    )
    const answers = await Promise.all(edits)
    expect(answers.filter(({ statusCode }) => statusCode === 200)).toHaveLength(1)
    expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(19)
    expect((await fixture.call('GET', `/api/service/${serviceId}`)).json().revision).toBe(2)
  })

  test('without a version: the last one stands, and stands whole', async () => {
    const edits = Array.from({ length: 20 }, (_, n) =>
      fixture.call('PUT', `/api/service/${serviceId}`, service('web', { memory: n + 1, vcpus: n + 1 })),
    )
    for (const answer of await Promise.all(edits)) expect(answer.statusCode).toBe(200)
    const { memory, vcpus, revision } = (await fixture.call('GET', `/api/service/${serviceId}`)).json()
    expect(memory).toBe(vcpus)
    expect(revision).toBe(21)
  })
})
