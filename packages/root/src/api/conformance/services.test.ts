import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { service, sla } from '../testing/documents.ts'
import { refusal, success } from './testing/expect-answer.ts'
import { PASSWORD, StartedRoot } from './testing/started-root.ts'

interface Instance {
  readonly instance_number: number
  readonly status: string
  readonly cluster_id: string
  readonly cluster_location: string
}
interface Service {
  readonly _id: { readonly $oid: string }
  readonly microserviceID: string
  readonly microservice_name: string
  readonly status?: string
  readonly instance_list: readonly Instance[]
  readonly next_instance_progressive_number: number
}

let root: StartedRoot
let admin: string
let ann: string
let bob: string
let clusterId: string
let applicationId: string
beforeAll(async () => {
  root = await StartedRoot.start()
  clusterId = await root.addCluster('munich')
  admin = await root.login('Admin')
  for (const name of ['ann', 'bob']) {
    success(await root.call('POST', '/api/auth/register', { name, password: PASSWORD, roles: ['Application_Provider'] }, { token: admin }))
  }
  ann = await root.login('ann')
  bob = await root.login('bob')
  const [made] = success<{ applicationID: string }[]>(await root.call('POST', '/api/application', sla('shop', []), { token: ann }))
  applicationId = made?.applicationID ?? ''
})
afterAll(() => root[Symbol.asyncDispose]())

const get = (path: string, token = ann) => root.call('GET', path, undefined, { token })
const post = (path: string, body?: unknown, token = ann) => root.call('POST', path, body, { token })
const remove = (path: string, token = ann) => root.call('DELETE', path, undefined, { token })
const read = async (id: string) => success<Service>(await get(`/api/service/${id}`))
const add = async (...microservices: readonly object[]): Promise<string> =>
  success<{ job_id: string }>(await post('/api/service/', sla('shop', microservices, applicationId))).job_id

describe('POST /api/service', () => {
  test('adds all services of a document, and answers the id of the last', async () => {
    const answer = success<{ job_id: string; deployed_services: object[]; failed_services: object[] }>(
      await post('/api/service', sla('shop', [service('one'), service('two')], applicationId)),
    )
    expect(answer.deployed_services).toEqual([
      { service_name: 'one', status: 200 },
      { service_name: 'two', status: 200 },
    ])
    expect(answer.failed_services).toEqual([])
    expect((await read(answer.job_id)).microservice_name).toBe('two')
  })

  test('takes a bare list of services beside the id of their application', async () => {
    const bare = { applicationID: applicationId, microservices: [service('bare')] }
    expect((await read(success<{ job_id: string }>(await post('/api/service', bare)).job_id)).microservice_name).toBe('bare')
    refusal(await post('/api/service', { microservices: [service('none')] }), 400, 'applicationID')
    refusal(await post('/api/service', { ...bare, microservices: [{ microservice_name: 'x' }] }), 400, 'microservices[0].')
  })

  test.each([
    ['an id that is not there', () => sla('shop', [service('x')], 'f'.repeat(24)), 404, 'no application'],
    ['no id', () => sla('shop', [service('x')]), 400, 'applicationID'],
    ['a name that is taken', () => sla('shop', [service('one')], applicationId), 409, 'one'],
    ['a wrong service', () => sla('shop', [service('x', { vcpus: 'many' })], applicationId), 400, 'vcpus'],
    ['no known version', () => ({ ...sla('shop', [], applicationId), sla_version: 'v9' }), 400, 'sla_version'],
  ])('with %s is refused, and adds nothing', async (_what, document, status, message) => {
    const before = success<Service[]>(await get(`/api/services/${applicationId}`)).length
    refusal(await post('/api/service', document()), status, message)
    expect(success<Service[]>(await get(`/api/services/${applicationId}`))).toHaveLength(before)
  })

  test('belongs to the owner of the application', async () => {
    refusal(await post('/api/service', sla('shop', [service('theirs')], applicationId), bob), 404, 'no application')
  })
})

describe('a service', () => {
  test('is shown with the fields that upstream computes, and a list of instances from birth', async () => {
    const id = await add(service('shown', { virtualization: 'container', addresses: { rr_ip: '10.30.9.9' }, port: '8080:80' }))
    expect(await read(id)).toMatchObject({
      _id: { $oid: id },
      microserviceID: id,
      job_name: 'shop.t.shown.t',
      applicationID: applicationId,
      app_name: 'shop',
      app_ns: 't',
      service_name: 'shown',
      service_ns: 't',
      virtualization: 'docker',
      code: 'nginx',
      image: 'nginx',
      RR_ip: '10.30.9.9',
      port: '8080:80',
      instance_list: [],
      next_instance_progressive_number: 0,
    })
    expect(await read(id)).not.toHaveProperty('status')
  })

  test('is something else than 200 for a name, so that the Go CLI searches by name', async () => {
    refusal(await get('/api/service/shown'), 404, 'no service')
  })

  test('is in the lists of its owner and of Admins, not in those of others', async () => {
    const names = async (path: string, token: string) => success<Service[]>(await get(path, token)).map((each) => each.microservice_name)
    expect(await names('/api/services/', ann)).toContain('one')
    expect(await names('/api/services', admin)).toContain('one')
    expect(await names('/api/services', bob)).toEqual([])
    refusal(await get(`/api/services/${applicationId}`, bob), 404, 'no application')
  })

  test('is changed by PUT, which upstream answers with 501', async () => {
    const id = await add(service('edited'))
    const answer = await root.call('PUT', `/api/service/${id}`, service('edited', { memory: 64 }), { token: ann })
    expect(answer.status, answer.text).toBe(200)
    expect(await read(id)).toMatchObject({ memory: 64, revision: 2 })
  })

  test('is deleted with its instances, and an error when it is not there', async () => {
    const id = await add(service('gone'))
    success(await post(`/api/service/${id}/instance`))
    refusal(await remove(`/api/service/${id}`, bob), 404, 'no service')
    expect(success(await remove(`/api/service/${id}`))).toEqual({ message: 'Job deleted' })
    refusal(await remove(`/api/service/${id}`), 404, 'no service')
  })
})

describe('an instance', () => {
  test('is asked for without body and label, as the Go CLI does, or with the whole service, as the dashboard does', async () => {
    const id = await add(service('run'))
    expect(success(await post(`/api/service/${id}/instance`))).toMatchObject({ message: 'ok', instance_number: 0 })
    expect(success(await post(`/api/service/${id}/instance/`, await read(id)))).toMatchObject({ message: 'ok', instance_number: 1 })
    await until('both run', async () => (await read(id)).instance_list.every(({ status }) => status === 'RUNNING'))
    const { instance_list, status } = await read(id)
    expect(status).toBe('RUNNING')
    expect(instance_list).toMatchObject([
      { instance_number: 0, cluster_id: clusterId },
      { instance_number: 1, cluster_id: clusterId },
    ])
  })

  test('that is not one’s own is not accepted in silence', async () => {
    const id = await add(service('own'))
    refusal(await post(`/api/service/${id}/instance`, undefined, bob), 404, 'no service')
    refusal(await post(`/api/service/${'f'.repeat(24)}/instance`), 404, 'no service')
    expect((await read(id)).instance_list).toEqual([])
  })

  test('has a place and histories from the moment it exists, before any cluster spoke', async () => {
    const id = await add(service('waits', { constraints: [{ type: 'direct', cluster: 'absent' }] }))
    success(await post(`/api/service/${id}/instance`))
    await until('a place was looked for', async () => (await read(id)).instance_list[0]?.status === 'TargetClusterNotFound')
    // The shape is the strict decoder's to judge.
    expect((await read(id)).instance_list[0]?.cluster_location).toEqual(expect.any(String))
  })

  test('leaves alone, or with all others by -1; numbers are never used twice', async () => {
    const id = await add(service('scaled'))
    for (let count = 0; count < 3; count += 1) success(await post(`/api/service/${id}/instance`))
    expect(success(await remove(`/api/service/${id}/instance/1`))).toEqual({ message: 'ok' })
    expect((await read(id)).instance_list.map(({ instance_number }) => instance_number)).toEqual([0, 2])
    expect(success(await post(`/api/service/${id}/instance`))).toMatchObject({ instance_number: 3 })
    success(await remove(`/api/service/${id}/instance/-1`))
    expect((await read(id)).instance_list).toEqual([])
    refusal(await remove(`/api/service/${id}/instance/99`), 404, 'instance 99')
    refusal(await remove(`/api/service/${id}/instance/many`), 400, '')
  })
})

describe('clusters', () => {
  test('are listed under old and new names, all or those connected', async () => {
    await until('it told of itself', async () => {
      const [active] = success<{ active_nodes: number }[]>(await get('/api/clusters/active'))
      return active?.active_nodes === 1
    })
    for (const path of ['/api/clusters/', '/api/clusters', '/api/clusters/active']) {
      const [cluster] = success<Record<string, unknown>[]>(await get(path))
      expect(cluster).toMatchObject({
        _id: clusterId,
        cluster_name: 'munich',
        candidate_name: 'munich',
        active: true,
        virtualization: ['docker'],
        supported_addons: [],
      })
    }
    success(await get(`/api/cluster/${clusterId}`))
    refusal(await get(`/api/cluster/${'f'.repeat(24)}`), 404, 'no cluster')
  })

  test('are nobody’s to see without a token', async () => {
    refusal(await root.call('GET', '/api/clusters/'), 401, 'log in first')
  })
})
