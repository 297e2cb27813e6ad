import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clusters, instances, reports } from '../state/collections.ts'
import { ADMIN_PASSWORD, type ApiFixture, createApiFixture } from './testing/api-fixture.ts'
import { expectError, service, sla } from './testing/documents.ts'

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await createApiFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

async function createApp(name: string, microservices?: readonly object[], as = 'Admin') {
  const answer = await fixture.call('POST', '/api/application', sla(name, microservices), { as })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().find((each: { application_name: string }) => each.application_name === name)
}

async function createService(extra: object = {}, as = 'Admin'): Promise<string> {
  return (await createApp(`app${fixture.deps.ids.next().slice(-4)}`, [service('web', extra)], as)).microservices[0]
}

describe('login and refresh', () => {
  const login = (body: unknown) => fixture.api.inject({ method: 'POST', url: '/api/auth/login', payload: body as object })

  test('give tokens under the names that clients read', async () => {
    const answer = await login({ username: 'Admin', password: ADMIN_PASSWORD })
    expect(answer.statusCode).toBe(200)
    const { token, refresh_token } = answer.json()
    expect((await fixture.api.inject({ url: '/api/applications', headers: { authorization: `Bearer ${token}` } })).statusCode).toBe(200)
    const refreshed = await fixture.api.inject({
      method: 'POST',
      url: '/api/auth/refresh',
      headers: { authorization: `Bearer ${refresh_token}` },
      payload: {},
    })
    expect(refreshed.json()).toEqual({ token: expect.any(String) })
  })

  test('tell what is missing', async () => {
    expectError(await login({ username: 'Admin' }), 400, 'password: expected text, found nothing')
    expectError(await login({ username: 'Admin', password: 'wrong' }), 401, 'wrong user name or password')
    expectError(await login({ username: 'Admin', password: ADMIN_PASSWORD, organization_name: 'nowhere' }), 404, 'no organization')
    expectError(await fixture.api.inject({ method: 'POST', url: '/api/auth/login' }), 400, 'JSON body')
  })

  test('name the time to wait after too many tries', async () => {
    for (let count = 0; count < 20; count += 1) await login({ username: 'Admin', password: 'wrong' })
    const answer = await login({ username: 'Admin', password: ADMIN_PASSWORD })
    expectError(answer, 429, 'try again in 60 s')
    expect(answer.headers['retry-after']).toBe('60')
  })
})

describe('users', () => {
  test('see themselves, without the hash of their password', async () => {
    const answer = await fixture.call('GET', '/api/user/Admin')
    expect(answer.json()).toMatchObject({
      _id: { $oid: expect.any(String) },
      name: 'Admin',
      roles: expect.arrayContaining(['Admin']),
      organization_id: expect.any(String),
    })
    expect(answer.body).not.toContain('scrypt')
    expect((await fixture.call('GET', '/api/permission/dev', undefined, { as: 'dev', roles: ['Application_Provider'] })).json()).toEqual({
      roles: ['Application_Provider'],
    })
    expectError(await fixture.call('GET', '/api/user/Admin', undefined, { as: 'dev' }), 403, 'another user')
  })
})

describe('applications', () => {
  test('are created, listed, shown and deleted', async () => {
    const created = await createApp('shop')
    expect(created).toMatchObject({ _id: { $oid: created.applicationID }, userId: 'Admin', microservices: [expect.any(String)] })
    expect((await fixture.call('GET', '/api/applications/')).json()).toEqual([created])
    expect((await fixture.call('GET', `/api/application/${created.applicationID}`)).json()).toEqual(created)
    expect((await fixture.call('DELETE', `/api/application/${created.applicationID}`)).json()).toEqual({ message: 'Application Deleted' })
    expectError(await fixture.call('GET', `/api/application/${created.applicationID}`), 404, 'no application')
  })

  test('several of one document, without services, or none at all', async () => {
    const two = { ...sla('one', []), applications: [...sla('one', []).applications, ...sla('two').applications] }
    const answer = await fixture.call('POST', '/api/application/', two)
    expect(answer.json().map((each: { application_name: string }) => each.application_name)).toEqual(['one', 'two'])
    expect((await fixture.call('POST', '/api/application', { sla_version: 'v2.0', applications: [] })).json()).toHaveLength(2)
  })

  test('of a taken name are refused with 409', async () => {
    await createApp('shop')
    expectError(await fixture.call('POST', '/api/application', sla('shop')), 409, 'shop')
  })

  test('with mistakes are refused with all of them, and nothing is created', async () => {
    const answer = await fixture.call(
      'POST',
      '/api/application',
      sla('a-b', [service('x', { memory: 'lots' }), service('y', { port: '0' })]),
    )
    expectError(answer, 422, 'application_name: expected 1 to 30 letters and digits, found "a-b" (and 2 more)')
    expect(answer.json().errors).toHaveLength(3)
    expect((await fixture.call('GET', '/api/applications')).json()).toEqual([])
  })

  test('are seen by their owner and by Admins', async () => {
    const mine = await createApp('mine', [], 'dev')
    await createApp('theirs')
    const names = async (url: string, as: string) =>
      (await fixture.call('GET', url, undefined, { as })).json().map((each: { application_name: string }) => each.application_name)
    expect(await names('/api/applications', 'dev')).toEqual(['mine'])
    expect(await names('/api/applications', 'Admin')).toEqual(['mine', 'theirs'])
    const dev = (await fixture.call('GET', '/api/user/dev', undefined, { as: 'dev' })).json()._id.$oid
    const admin = (await fixture.call('GET', '/api/user/Admin')).json()._id.$oid
    expect(await names(`/api/applications/${dev}`, 'dev')).toEqual(['mine'])
    expect(await names(`/api/applications/${dev}`, 'Admin')).toEqual(['mine'])
    expect(await names(`/api/applications/${admin}`, 'Admin')).toEqual(['theirs'])
    expectError(await fixture.call('GET', `/api/applications/${admin}`, undefined, { as: 'dev' }), 403, 'another user')
    expectError(await fixture.call('GET', `/api/application/${mine.applicationID}`, undefined, { as: 'other' }), 404, 'no application')
  })
})

describe('services', () => {
  test('are added to an application, as the dashboard reads it', async () => {
    const { applicationID } = await createApp('shop', [])
    const answer = await fixture.call('POST', '/api/service/', sla('shop', [service('web'), service('db')], applicationID))
    expect(answer.json()).toMatchObject({
      job_id: expect.stringMatching(/^[0-9a-f]{24}$/),
      deployed_services: [{ service_name: 'web', status: 200 }, { service_name: 'db' }],
      failed_services: [],
    })
    const list = (await fixture.call('GET', `/api/services/${applicationID}`)).json()
    expect(list.map((each: { microservice_name: string }) => each.microservice_name)).toEqual(['web', 'db'])
    expect((await fixture.call('GET', '/api/services/')).json()).toEqual(list)
  })

  test('come with remarks on what has no effect, at creation only', async () => {
    const application = await createApp('shop', [service('web', { memroy: 5, constraints: [{ type: 'moon' }] })])
    const path = 'applications[0].microservices[0]'
    expect(application.notes).toEqual([
      { path: `${path}.memroy`, text: expect.stringContaining('no effect') },
      { path: `${path}.constraints[0]`, text: expect.stringContaining('moon') },
    ])
    expect((await createApp('other', [service('web')])).notes).toBeUndefined()
    expect((await fixture.call('GET', '/api/applications')).json()[0].notes).toBeUndefined()
  })

  test('that are added come with remarks, too', async () => {
    const { applicationID } = await createApp('shop', [])
    const answer = await fixture.call(
      'POST',
      '/api/service',
      sla('shop', [service('web', { constraints: [{ type: 'moon' }] })], applicationID),
    )
    expect(answer.json().notes).toEqual([
      { path: 'applications[0].microservices[0].constraints[0]', text: expect.stringContaining('moon') },
    ])
  })

  test('are refused with 400 where the document is wrong, and 409 where an address is taken', async () => {
    const { applicationID } = await createApp('shop', [service('web', { addresses: { rr_ip: '10.30.77.10' } })])
    expectError(await fixture.call('POST', '/api/service', sla('shop', [{}], applicationID)), 400, 'microservice_name')
    expectError(await fixture.call('POST', '/api/service', sla('shop', [])), 400, 'applicationID')
    const clash = service('db', { addresses: { rr_ip: '10.30.77.10' } })
    expectError(await fixture.call('POST', '/api/service', sla('shop', [clash], applicationID)), 409, 'shop.t.web.t')
  })

  test('that are no id are not found, so that clients go on to search by name', async () => {
    for (const word of ['web', 'x'.repeat(100), '%00', '%2e%2e', 'ffffffffffffffffffffffff']) {
      expect((await fixture.call('GET', `/api/service/${word}`)).statusCode, word).toBe(404)
    }
    expect((await fixture.call('GET', `/api/service/${'x'.repeat(500)}`)).json()).toMatchObject({ code: 404 })
  })

  test('go when they are deleted', async () => {
    const id = await createService()
    expect((await fixture.call('DELETE', `/api/service/${id}`)).json()).toEqual({ message: 'Job deleted' })
    expectError(await fixture.call('DELETE', `/api/service/${id}`), 404, 'no service')
  })

  test('may use a runtime that only a cluster knows', async () => {
    const facts = {
      virtualizations: ['nabla'],
      name: 'c',
      location: '',
      activeNodes: 1,
      vcpusTotal: 1,
      memoryTotalMiB: 1,
      memoryFreeMiB: 1,
      vgpusTotal: 0,
      cpuPercent: 0,
      memoryPercent: 0,
      slots: [],
      asOfGeneration: 0,
      apiPort: 10100,
    }
    expect((await fixture.call('POST', '/api/application', sla('a', [service('w', { virtualization: 'nabla' })]))).statusCode).toBe(422)
    await fixture.store.write((writer) => writer.put(clusters, { id: 'c', name: 'c', location: '', createdAtMs: 0, facts }))
    await createApp('a', [service('w', { virtualization: 'nabla' })])
  })
})

describe('instances', () => {
  const instanceUrl = async () => `/api/service/${await createService()}/instance`

  test.each([
    ['no body and no type', {}],
    ['a type and no body', { headers: { 'content-type': 'application/json' } }],
    ['the whole service', { payload: { any: 'thing' } }],
    ['a body that is no JSON object', { payload: '[]', headers: { 'content-type': 'application/json' } }],
  ])('are asked for with %s', async (_what, options) => {
    const headers = { authorization: `Bearer ${await fixture.tokenOf('Admin')}`, ...('headers' in options ? options.headers : {}) }
    const answer = await fixture.api.inject({ method: 'POST', url: await instanceUrl(), ...options, headers })
    expect(answer.json()).toMatchObject({ message: 'ok', instance_number: 0 })
    expect(answer.statusCode).toBe(200)
  })

  test('end, one or all', async () => {
    const url = await instanceUrl()
    const numbers = async () =>
      (await fixture.call('GET', url.replace('/instance', '')))
        .json()
        .instance_list.map((each: { instance_number: number }) => each.instance_number)
    for (let count = 0; count < 4; count += 1) await fixture.call('POST', url)
    expect((await fixture.call('DELETE', `${url}/1`)).json()).toEqual({ message: 'ok' })
    expect(await numbers()).toEqual([0, 2, 3])
    await fixture.call('DELETE', `${url}/-1/`)
    expect(await numbers()).toEqual([])
    expectError(await fixture.call('DELETE', `${url}/9`), 404, 'never had an instance 9')
    for (const bad of ['-2', 'x', '1.5', '1e3', '99999999999999'])
      expect((await fixture.call('DELETE', `${url}/${bad}`)).statusCode, bad).toBe(400)
  })

  test('tell why they have no place', async () => {
    const url = await instanceUrl()
    await fixture.call('POST', url)
    const [instance] = await fixture.store.read((reader) => reader.list(instances))
    if (!instance) throw new Error('no instance')
    const rejection = {
      word: 'TargetClusterNotFound' as const,
      detail: 'no cluster is called absent',
      candidates: [{ id: 'c', name: 'munich', reasons: ['is not called absent'] }],
    }
    await fixture.store.write((writer) => writer.put(instances, { ...instance, rejection }))
    expect((await fixture.call('GET', `${url}/0`)).json()).toMatchObject({
      status: 'TargetClusterNotFound',
      candidates: [{ name: 'munich', reasons: ['is not called absent'] }],
    })
    expect((await fixture.call('GET', url.replace('/instance', ''))).json()).toMatchObject({
      status: 'TargetClusterNotFound',
      status_detail: 'no cluster is called absent',
    })
  })

  test('show what their own cluster reports, not what a former one does', async () => {
    const url = await instanceUrl()
    await fixture.call('POST', url)
    const [instance] = await fixture.store.read((reader) => reader.list(instances))
    if (!instance) throw new Error('no instance')
    const report = {
      instanceId: instance.id,
      revision: 1,
      state: 'running' as const,
      detail: '',
      restarts: 2,
      nodeId: 'n',
      nodeName: 'edge',
      hostAddress: '192.0.2.7',
    }
    await fixture.store.write(async (writer) => {
      await writer.put(clusters, { id: 'now', name: 'munich', location: '48.1,11.5,1000', createdAtMs: 0 })
      await writer.put(instances, { ...instance, clusterId: 'now' })
      await writer.put(reports, { ...report, clusterId: 'before' })
    })
    const shown = async () => (await fixture.call('GET', `${url}/0`)).json()
    expect(await shown()).toMatchObject({ status: 'CLUSTER_SCHEDULED', cluster_location: '48.1,11.5,1000', worker_id: '' })
    await fixture.store.write((writer) => writer.put(reports, { ...report, clusterId: 'now' }))
    expect(await shown()).toMatchObject({ status: 'RUNNING', publicip: '192.0.2.7', worker_id: 'n', restarts: 2 })
  })
})

describe('clusters and nodes', () => {
  beforeEach(async () => {
    await fixture[Symbol.asyncDispose]()
    fixture = await createApiFixture({ connectedClusters: () => new Set(['b'.repeat(24)]) })
    await fixture.store.write(async (writer) => {
      await writer.put(clusters, { id: 'a'.repeat(24), name: 'old', location: '', createdAtMs: 1 })
      await writer.put(clusters, { id: 'b'.repeat(24), name: 'munich', location: '48,11,5', createdAtMs: 2, lastSeenAtMs: 1_500 })
    })
  })

  test('are listed: all, and those that are connected', async () => {
    const names = async (url: string) =>
      (await fixture.call('GET', url)).json().map((each: { cluster_name: string; active: boolean }) => [each.cluster_name, each.active])
    expect(await names('/api/clusters/')).toEqual([
      ['old', false],
      ['munich', true],
    ])
    expect(await names('/api/clusters/active')).toEqual([['munich', true]])
    expect((await fixture.call('GET', `/api/cluster/${'b'.repeat(24)}`)).json()).toMatchObject({
      _id: 'b'.repeat(24),
      last_modified_timestamp: 1.5,
      supported_addons: [],
    })
    expectError(await fixture.call('GET', '/api/cluster/nowhere'), 404, 'no cluster')
  })

  test('are invited with tokens', async () => {
    expect((await fixture.call('POST', '/api/clusters/join-token', { cluster_name: 'berlin' })).json()).toEqual({
      token: 'cluster-token-of-berlin',
    })
    expectError(await fixture.call('POST', '/api/clusters/join-token', { cluster_name: 'a b' }), 400, 'cluster_name')
    expectError(await fixture.call('POST', `/api/cluster/${'b'.repeat(24)}/join-token`), 503, 'not connected')
    expectError(await fixture.call('POST', '/api/cluster/nowhere/join-token'), 404, 'no cluster')
  })

  test('have nodes', async () => {
    await fixture[Symbol.asyncDispose]()
    const size = { vcpus: 4, memoryMiB: 100, storageFreeMiB: 5, vgpus: 0 }
    const facts = { ...size, virtualizations: ['container'], faults: { unikernel: 'QEMU is not installed' }, version: '1' }
    const node = {
      id: 'n',
      name: 'edge',
      clusterId: 'c',
      clusterName: 'munich',
      address: '192.0.2.1',
      architecture: 'amd64',
      state: 'connected' as const,
      presence: 'here' as const,
      cordoned: true,
      draining: false,
      removing: false,
      labels: ['zone=north'],
      facts,
      lastSeenAtMs: 0,
    }
    const list = async (cluster?: string) => (cluster === 'other' ? [] : [node])
    fixture = await createApiFixture({ nodes: { ...fixture.deps.nodes, list } })
    expect((await fixture.call('GET', '/api/nodes')).json()).toMatchObject([
      {
        id: 'n',
        cluster_name: 'munich',
        presence: 'here',
        cordoned: true,
        labels: ['zone=north'],
        facts: { memory_mib: 100, faults: { unikernel: 'QEMU is not installed' } },
        last_seen: '1970-01-01T00:00:00.000Z',
      },
    ])
    expect((await fixture.call('GET', '/api/nodes?cluster=other')).json()).toEqual([])
  })
})
