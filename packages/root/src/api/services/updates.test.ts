import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { instances, services } from '../../state/collections.ts'
import { instancesOf } from '../../state/operations-ownership.ts'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { expectError, service, sla } from '../testing/documents.ts'

let fixture: ApiFixture
let id: string
beforeEach(async () => {
  fixture = await createApiFixture()
  id = await created(service('web', { addresses: { rr_ip: '10.30.5.5' }, memory: 100 }))
})
afterEach(() => fixture[Symbol.asyncDispose]())

async function created(document: object, as = 'Admin'): Promise<string> {
  const answer = await fixture.call('POST', '/api/application', sla(`app${fixture.deps.ids.next().slice(-4)}`, [document]), { as })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json().at(-1).microservices[0]
}

const put = (document: unknown, as = 'Admin') => fixture.call('PUT', `/api/service/${id}`, document, { as })
const rollBack = (body?: object) => fixture.call('POST', `/api/service/${id}/rollback`, body)
const replicas = (count: unknown) => fixture.call('PUT', `/api/service/${id}/replicas`, { replicas: count })
const revisions = async () => (await fixture.call('GET', `/api/service/${id}/revisions`)).json()
const stored = () => fixture.store.read((reader) => reader.get(services, id))
const own = () => fixture.store.read((reader) => instancesOf(reader, id))
/** As if its last instance had been proven. */
const finish = () =>
  fixture.store.write(async (writer) => {
    const now = await writer.get(services, id)
    if (now?.rollout) await writer.put(services, { ...now, rollout: { ...now.rollout, state: 'done' } })
  })

describe('changing a service', () => {
  test('makes a new revision, and leaves instances at theirs until it is their turn', async () => {
    await fixture.call('POST', `/api/service/${id}/instance`)
    const answer = await put(service('web', { code: 'nginx:2' }))
    expect(answer.json()).toMatchObject({ message: 'ok', revision: 2 })
    expect(await own()).toMatchObject([{ revision: 1 }])
    expect(await stored()).toMatchObject({
      revision: 2,
      descriptor: { image: 'nginx:2', addresses: { roundRobinV4: '10.30.5.5' } },
      rollout: { state: 'rolling', fromRevision: 1, toRevision: 2 },
    })
    expect(await revisions()).toMatchObject([
      { revision: 1, reason: 'created', image: 'nginx' },
      { revision: 2, reason: 'changed by Admin', image: 'nginx:2' },
    ])
  })

  test('pins instances that are older than revisions of their own', async () => {
    await fixture.call('POST', `/api/service/${id}/instance`)
    await fixture.store.write(async (writer) => {
      for (const { revision: _, ...instance } of await instancesOf(writer, id)) await writer.put(instances, instance)
    })
    await put(service('web', { code: 'nginx:2' }))
    expect(await own()).toMatchObject([{ revision: 1 }])
  })

  test('replaces nothing when nothing that matters to instances is different', async () => {
    const same = service('web', { memory: 100, replicas: 2, update: { max_unavailable: 3 }, label: 'new' })
    expect((await put(same)).json()).toMatchObject({ message: 'no instance has to be replaced', revision: 1 })
    expect(await stored()).toMatchObject({ revision: 1, replicas: 2, descriptor: { update: { maxUnavailable: 3 } } })
    expect(await revisions()).toHaveLength(1)
  })

  test('leaves the number of replicas as it is when it names none', async () => {
    await replicas(4)
    await put(service('web', { code: 'nginx:2' }))
    expect(await stored()).toMatchObject({ replicas: 4 })
    await put(service('web', { code: 'nginx:2', replicas: 1 }))
    expect(await stored()).toMatchObject({ replicas: 1, revision: 2 })
  })

  test('takes any document that holds the service', async () => {
    const other = service('db')
    expect((await put({ microservices: [other, service('web', { code: 'a' })] })).json()).toMatchObject({ revision: 2 })
    expect((await put(sla('any', [other, service('web', { code: 'b' })]))).json()).toMatchObject({ revision: 3 })
    expectError(await put({ microservices: [other, service('cache')] }), 400, 'must hold one service web in namespace t; it holds 0')
  })

  test('cannot change name, namespace or addresses, which is said of all at once', async () => {
    const wanted = service('shop', { microservice_namespace: 'other', addresses: { rr_ip: '10.30.5.6', closest_ip: '10.30.5.7' } })
    const answer = await put({ microservices: [wanted] })
    expectError(answer, 400, 'microservices[0].microservice_name: expected "web", which it has for life, found "shop"')
    expect(answer.json().errors.map(({ path }: { path: string }) => path)).toEqual([
      'microservices[0].microservice_name',
      'microservices[0].microservice_namespace',
      'microservices[0].addresses.rr_ip',
      'microservices[0].addresses.closest_ip',
    ])
    expect((await put(service('web', { memory: 1, addresses: { rr_ip: '10.30.5.5' } }))).statusCode).toBe(200)
  })

  test('with a bad document, or one that is not theirs, changes nothing', async () => {
    expectError(await put({ ...service('web'), memory: 'much' }), 400, 'memory')
    expectError(await put(service('web', { code: 'x' }), 'bob'), 404, 'no service')
    id = await created(service('web'), 'bob')
    expectError(await put(service('web', { privileged: true }), 'bob'), 403, 'needs the role')
    expect(await stored()).toMatchObject({ revision: 1 })
  })

  test('while a change is under way goes on from the last revision that was proven', async () => {
    await put(service('web', { code: 'nginx:2' }))
    await put(service('web', { code: 'nginx:3' }))
    expect(await stored()).toMatchObject({ revision: 3, rollout: { fromRevision: 1, toRevision: 3 } })
    await finish()
    await put(service('web', { code: 'nginx:4' }))
    expect(await stored()).toMatchObject({ rollout: { fromRevision: 3, toRevision: 4 } })
  })

  test('keeps ten older revisions, and those that are still needed', async () => {
    await fixture.call('POST', `/api/service/${id}/instance`)
    for (let number = 2; number < 16; number += 1) {
      await put(service('web', { code: `nginx:${number}` }))
      await finish()
    }
    const kept = (await revisions()).map(({ revision }: { revision: number }) => revision)
    expect(kept).toEqual([1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
  })

  test('that failed is tried again with the same words', async () => {
    await put(service('web', { code: 'nginx:2' }))
    await fixture.store.write(async (writer) => {
      const now = await writer.get(services, id)
      if (now?.rollout) await writer.put(services, { ...now, rollout: { ...now.rollout, state: 'failed' } })
    })
    expect((await put(service('web', { code: 'nginx:2' }))).json()).toMatchObject({ revision: 3 })
    expect(await stored()).toMatchObject({ rollout: { state: 'rolling', fromRevision: 1 } })
  })
})

describe('going back', () => {
  test('makes a new revision out of the one before', async () => {
    await put(service('web', { code: 'nginx:2' }))
    await finish()
    await replicas(3)
    expect((await rollBack()).json()).toMatchObject({ revision: 3 })
    expect(await stored()).toMatchObject({ descriptor: { image: 'nginx' }, replicas: 3, rollout: { state: 'rolling' } })
    expect((await revisions()).at(-1)).toMatchObject({ reason: 'Admin went back to revision 1' })
  })

  test('goes to the revision that is named', async () => {
    for (const code of ['b', 'c']) await put(service('web', { code }))
    await rollBack({ revision: 1 })
    expect(await stored()).toMatchObject({ descriptor: { image: 'nginx' } })
    expectError(await rollBack({ revision: 9 }), 404, 'revision 9 is not kept; there are 1, 2, 3, 4')
    expectError(await rollBack({ revision: 0 }), 400, 'the number of a revision')
  })

  test('in the middle of a change goes to what was proven', async () => {
    for (const code of ['b', 'c']) await put(service('web', { code }))
    await rollBack({})
    expect(await stored()).toMatchObject({ descriptor: { image: 'nginx' } })
  })

  test('is refused when there is nothing to go back to', async () => {
    expectError(await rollBack(), 409, 'no older revision')
  })
})

describe('the number of replicas', () => {
  test('is declared, changed and taken back', async () => {
    expect((await replicas(2)).json()).toEqual({ message: 'ok', replicas: 2 })
    expect(await stored()).toMatchObject({ replicas: 2 })
    expect((await replicas(null)).json()).toEqual({ message: 'ok', replicas: null })
    expect(await stored()).not.toHaveProperty('replicas')
  })

  test('comes with the descriptor', async () => {
    id = await created(service('many', { replicas: 3 }))
    expect(await stored()).toMatchObject({ replicas: 3 })
  })

  test.each([[-1], [1.5], ['2'], [10_001], [undefined]])('cannot be %s', async (count) => {
    expectError(await replicas(count), 400, 'a whole number from 0 to 10000, or null')
  })

  test('follows instances that are added and ended one by one', async () => {
    await replicas(1)
    const add = () => fixture.call('POST', `/api/service/${id}/instance`)
    const end = (number: number) => fixture.call('DELETE', `/api/service/${id}/instance/${number}`)
    await Promise.all([add(), add(), add()])
    expect(await stored()).toMatchObject({ replicas: 4 })
    await end(1)
    await end(1)
    expect(await stored()).toMatchObject({ replicas: 3 })
    await end(-1)
    expect(await stored()).toMatchObject({ replicas: 0 })
    expect((await own()).every(({ removing }) => removing)).toBe(true)
  })

  test('cannot be raised beyond its limit', async () => {
    await replicas(10_000)
    expectError(await fixture.call('POST', `/api/service/${id}/instance`), 413, 'at most 10000')
  })
})
