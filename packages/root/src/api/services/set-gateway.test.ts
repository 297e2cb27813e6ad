import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { services } from '../../state/collections.ts'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { expectError, service, sla } from '../testing/documents.ts'

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await createApiFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const create = (name: string, changes: object = {}) => fixture.call('POST', '/api/application', sla(name, [service('web', changes)]))

async function created(name: string, changes: object = {}): Promise<string> {
  const answer = await create(name, changes)
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().at(-1).microservices[0]
}

const publish = (id: string, gateway: unknown) => fixture.call('PUT', `/api/service/${id}/gateway`, { gateway })
const stored = (id: string) => fixture.store.read((reader) => reader.get(services, id))

describe('publishing a service at nodes', () => {
  test('is said by the descriptor, or afterwards, and changes no revision', async () => {
    const id = await created('one')
    expect((await publish(id, { ports: '8080:80', labels: ['edge=yes'] })).statusCode).toBe(200)
    const ports = [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }]
    expect(await stored(id)).toMatchObject({ revision: 1, descriptor: { gateway: { ports, labels: ['edge=yes'] } } })
    const view = (await fixture.call('GET', `/api/service/${id}`)).json()
    expect(view.gateway).toEqual({ ports: '8080:80', labels: ['edge=yes'] })
    const other = await created('two', { gateway: { ports: '9090' } })
    expect(await stored(other)).toMatchObject({ descriptor: { gateway: { ports: [{ hostPort: 9090, containerPort: 9090 }] } } })
  })

  test('ends with null', async () => {
    const id = await created('one', { gateway: { ports: '8080:80' } })
    expect((await publish(id, null)).statusCode).toBe(200)
    expect((await stored(id))?.descriptor).not.toHaveProperty('gateway')
    expect((await fixture.call('GET', `/api/service/${id}`)).json()).not.toHaveProperty('gateway')
  })

  test('is refused for a port that another service has, with its name', async () => {
    await created('one', { gateway: { ports: '8080:80' } })
    const id = await created('two')
    const answer = await publish(id, { ports: '8080:81' })
    expectError(answer, 409, 'port 8080/tcp cannot be published for two.t.web.t: one.t.web.t has it')
    expectError(await create('three', { gateway: { ports: '8080' } }), 409, '8080/tcp')
    expect((await publish(id, { ports: '8081:81' })).statusCode).toBe(200)
    expectError(await fixture.call('PUT', `/api/service/${id}`, service('web', { gateway: { ports: '8080' } })), 409, '8080/tcp')
  })

  test('is refused when it cannot be read', async () => {
    const id = await created('one')
    for (const wrong of [{}, { ports: 'many' }, 'yes']) expect((await publish(id, wrong)).statusCode).toBe(400)
  })
})
