import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { service, sla } from '../testing/documents.ts'
import { refusal, success } from './testing/expect-answer.ts'
import { PASSWORD, StartedRoot } from './testing/started-root.ts'

interface Application {
  readonly _id: { readonly $oid: string }
  readonly applicationID: string
  readonly application_name: string
  readonly application_desc: string
  readonly userId: string
  readonly microservices: readonly string[]
  readonly notes?: readonly { readonly path: string; readonly text: string }[]
}

let root: StartedRoot
let admin: string
let ann: string
let bob: string
beforeAll(async () => {
  root = await StartedRoot.start()
  admin = await root.login('Admin')
  for (const name of ['ann', 'bob']) {
    success(await root.call('POST', '/api/auth/register', { name, password: PASSWORD, roles: ['Application_Provider'] }, { token: admin }))
  }
  ann = await root.login('ann')
  bob = await root.login('bob')
})
afterAll(() => root[Symbol.asyncDispose]())

const post = (document: unknown, token = ann, path = '/api/application') => root.call('POST', path, document, { token })
const get = (path: string, token = ann) => root.call('GET', path, undefined, { token })
const put = (id: string, body: unknown, token = ann) => root.call('PUT', `/api/application/${id}`, body, { token })
const remove = (id: string, token = ann) => root.call('DELETE', `/api/application/${id}`, undefined, { token })
const make = async (name: string, microservices: readonly object[] = [service('web')], token = ann): Promise<Application> => {
  const all = success<Application[]>(await post(sla(name, microservices), token))
  const made = all.find(({ application_name }) => application_name === name)
  if (!made) throw new Error(`no ${name} among ${JSON.stringify(all)}`)
  return made
}

describe('POST /api/application', () => {
  test.each(['/api/application', '/api/application/'])('at %s answers every application of the caller, as an array', async (path) => {
    const name = `plain${path.length}`
    const all = success<Application[]>(await post(sla(name), ann, path))
    expect(all.map(({ application_name }) => application_name)).toContain(name)
    expect(all.every(({ userId }) => userId === 'ann')).toBe(true)
  })

  test('takes an application without services, or a document without applications', async () => {
    expect((await make('empty', [])).microservices).toEqual([])
    success(await post({ ...sla('x'), applications: [] }))
  })

  test('takes what the dashboard leaves of a document when it drops everything empty', async () => {
    const bare = { application_name: 'bare', application_namespace: 't', microservices: [] }
    success(await post({ sla_version: 'v2.0', customerID: 'f'.repeat(24), applications: [bare] }))
  })

  test('takes any text as customerID, keeps keys that are not ours, and gives them back', async () => {
    const document = { ...sla('kept'), customerID: 'whoever' }
    const [entry] = document.applications
    const all = success<Record<string, unknown>[]>(await post({ ...document, applications: [{ ...entry, my_own: { a: 1 } }] }))
    expect(all.find(({ application_name }) => application_name === 'kept')).toMatchObject({ my_own: { a: 1 } })
  })

  test.each([1, 'v1.0', '1', '1.0'])('takes sla_version %j, and says that it is read as v2.0', async (version) => {
    const name = `old${String(version).replaceAll(/\W/g, '')}${typeof version}`
    const all = success<Application[]>(await post({ ...sla(name), sla_version: version }))
    const made = all.find(({ application_name }) => application_name === name)
    expect(made?.notes).toEqual([expect.objectContaining({ path: 'sla_version', text: expect.stringContaining('v2.0') })])
  })

  test('refuses a name that the user has, with 409, and lets another user have it', async () => {
    await make('twice')
    refusal(await post(sla('twice')), 409, 'twice')
    await make('twice', [], bob)
  })

  test.each([
    [{ ...sla('a'), sla_version: undefined }, 'sla_version'],
    [{ ...sla('a'), sla_version: 'v3' }, 'sla_version'],
    [{ ...sla('a'), applications: undefined }, 'applications'],
    [sla('a-b'), 'applications[0].application_name'],
    [sla('a'.repeat(31)), 'applications[0].application_name'],
    [sla('a', [{ microservice_name: 'b' }]), 'applications[0].microservices[0].'],
    [sla('a', [service('b', { memory: -1 })]), 'memory'],
    [sla('a', [service('b', { memory: '100' })]), 'memory'],
    [sla('a', [service('b', { port: 8080 })]), 'port'],
    [sla('a', [service('b', { virtualization: 'unikernel' })]), 'arch'],
    [[], 'object'],
  ])('refuses %j with 422, naming the place', async (document, path) => {
    const before = success<Application[]>(await get('/api/applications'))
    refusal(await post(document), 422, path)
    expect(success(await get('/api/applications'))).toEqual(before)
  })

  test('names everything that is wrong at once', async () => {
    const answer = await post(sla('a b', [service('c d', { memory: -1 }), { microservice_name: 'x' }]))
    const { errors } = answer.json<{ errors: { path: string; expected: string; found: string }[] }>()
    expect(errors.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'applications[0].application_name',
        'applications[0].microservices[0].microservice_name',
        'applications[0].microservices[0].memory',
        'applications[0].microservices[1].microservice_namespace',
      ]),
    )
  })
})

describe('GET /api/application/<id>', () => {
  test('answers the application, not null, and something else than 200 for what is no id', async () => {
    const made = await make('shown')
    expect(success<Application>(await get(`/api/application/${made.applicationID}`))).toMatchObject({
      _id: { $oid: made.applicationID },
      microservices: made.microservices,
    })
    for (const word of ['shown', 'f'.repeat(24), '%00', 'x'.repeat(100)]) refusal(await get(`/api/application/${word}`), 404, '')
    refusal(await get(`/api/application/${made.applicationID}`, bob), 404, 'no application')
  })
})

describe('PUT /api/application/<id>', () => {
  test('takes the whole application as the dashboard sends it, and keeps what is not named', async () => {
    const made = await make('edited')
    const whole = success<Application>(await get(`/api/application/${made.applicationID}`))
    const answer = success<Application & { message: string }>(await put(made.applicationID, { ...whole, application_desc: 'better' }))
    expect(answer).toMatchObject({ message: 'Application is updated', application_desc: 'better', microservices: made.microservices })
    success(await put(made.applicationID, {}))
    success(await put(made.applicationID, { application_desc: null }))
    expect(success<Application>(await get(`/api/application/${made.applicationID}`)).application_desc).toBe('better')
  })

  test('isolates it and opens it again, which is another version of it', async () => {
    const made = await make('closed')
    const shown = async () =>
      success<Application & { isolated: boolean; version: string }>(await get(`/api/application/${made.applicationID}`))
    const before = await shown()
    expect(before.isolated).toBe(false)
    expect(success<{ isolated: boolean }>(await put(made.applicationID, { isolated: true })).isolated).toBe(true)
    success(await put(made.applicationID, { application_desc: 'as it was', isolated: null }))
    const closed = await shown()
    expect(closed.isolated).toBe(true)
    expect(closed.version).not.toBe(before.version)
    expect(success<{ isolated: boolean }>(await put(made.applicationID, { isolated: false })).isolated).toBe(false)
  })

  test('cannot take over what belongs to somebody else, or give services away', async () => {
    const made = await make('coveted')
    refusal(await put(made.applicationID, { userId: 'bob' }, bob), 404, 'no application')
    refusal(await put(made.applicationID, { userId: 'bob' }), 403, 'gives an application')
    success(await put(made.applicationID, { microservices: [] }))
    expect(success<Application>(await get(`/api/application/${made.applicationID}`)).microservices).toEqual(made.microservices)
    refusal(await put('f'.repeat(24), {}), 404, 'no application')
  })

  test('gives it to somebody else when an Admin says so, who must exist and have no other of the name', async () => {
    const made = await make('given')
    refusal(await put(made.applicationID, { userId: 'nobody' }, admin), 400, 'userId')
    await make('given', [], bob)
    refusal(await put(made.applicationID, { userId: 'bob' }, admin), 409, 'given')
    const other = await make('handed')
    expect(success<Application>(await put(other.applicationID, { userId: 'bob' }, admin)).userId).toBe('bob')
    refusal(await get(`/api/application/${other.applicationID}`), 404, 'no application')
    success(await get(`/api/application/${other.applicationID}`, bob))
  })

  test.each([
    [{ application_name: 'renamed' }, 'keeps its names'],
    [{ application_namespace: 'other' }, 'keeps its names'],
    [{ application_desc: 7 }, 'application_desc'],
    [{ isolated: 'yes' }, 'isolated'],
  ])('refuses %j', async (body, message) => {
    const [first] = success<Application[]>(await get('/api/applications'))
    refusal(await put(first?.applicationID ?? '', body), 400, message)
  })
})

describe('lists of applications', () => {
  test('hold one’s own, by id of the user too; everything for an Admin', async () => {
    await make('mine')
    const names = async (path: string, token: string) => success<Application[]>(await get(path, token)).map((each) => each.application_name)
    const self = success<{ _id: { $oid: string } }>(await get('/api/user/ann'))
    expect(await names(`/api/applications/${self._id.$oid}`, ann)).toContain('mine')
    expect(await names('/api/applications/', bob)).not.toContain('mine')
    expect(await names('/api/applications', admin)).toContain('mine')
    expect(await names(`/api/applications/${self._id.$oid}`, admin)).toContain('mine')
    refusal(await get(`/api/applications/${self._id.$oid}`, bob), 403, 'another user')
    refusal(await get(`/api/applications/${'f'.repeat(24)}`, admin), 404, 'no user')
  })
})

describe('DELETE /api/application/<id>', () => {
  test('takes its services along, and is an error for what is not there', async () => {
    const made = await make('gone')
    refusal(await remove(made.applicationID, bob), 404, 'no application')
    expect(success(await remove(made.applicationID))).toEqual({ message: 'Application Deleted' })
    refusal(await get(`/api/service/${made.microservices[0]}`), 404, 'no service')
    refusal(await remove(made.applicationID), 404, 'no application')
  })
})
