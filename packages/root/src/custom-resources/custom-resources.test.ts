import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { expectError } from '../api/testing/documents.ts'
import { Answer, type HookScene, openHookScene } from '../hooks/testing/hook-scene.ts'

let scene: HookScene
beforeEach(async () => {
  scene = await openHookScene()
})
afterEach(() => scene[Symbol.asyncDispose]())

const AT = '/api/v1/custom-resources'
const SCHEMA = {
  type: 'object',
  properties: {
    color: { enum: ['red', 'blue'] },
    size: { type: 'integer', minimum: 1 },
    on: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'string' } },
    spec: { type: 'object', properties: { level: { type: 'number' } } },
  },
  required: ['color'],
  additionalProperties: false,
}

async function define(name = 'lamp', schema: unknown = SCHEMA) {
  const answer = await scene.call('POST', AT, { resource_type: name, schema })
  expect(answer.statusCode, answer.body).toBe(201)
}

async function make(body: object, as = 'Admin', type = 'lamp') {
  const answer = await scene.call('POST', `${AT}/${type}`, body, { as })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

const ids = async (query: string, as = 'Admin') =>
  (await scene.call('GET', `${AT}/lamp${query}`, undefined, { as })).json().map(({ _id }: { _id: string }) => _id)

describe('a custom type', () => {
  test('is defined, listed and removed with its objects', async () => {
    await define()
    await define('shade', true)
    expect((await scene.call('GET', AT)).json()).toMatchObject([{ resource_type: 'lamp', schema: SCHEMA }, { resource_type: 'shade' }])
    const { _id } = await make({ color: 'red' })
    expect((await scene.call('DELETE', `${AT}/lamp`)).json().message).toContain('1 of its objects')
    expectError(await scene.call('GET', `${AT}/lamp`), 404, 'no custom type "lamp"')
    await define()
    expectError(await scene.call('GET', `${AT}/lamp/${_id}`), 404, 'no lamp')
  })

  test('may be called like a collection of upstream, but not like what hooks mean otherwise', async () => {
    await define('meta_data', true)
    await make({ any: 'thing' }, 'Admin', 'meta_data')
    expect((await scene.call('GET', AT)).json()).toMatchObject([{ resource_type: 'meta_data' }])
    for (const name of ['services', 'jobs', 'resources', 'clusters'])
      expectError(await scene.call('POST', AT, { resource_type: name, schema: true }), 422, 'another name')
    for (const name of ['', '1a', 'a b', 'a/b', 'x'.repeat(64), 5])
      expectError(await scene.call('POST', AT, { resource_type: name, schema: true }), 422, 'resource_type: expected a name')
  })

  test('is defined once, and by Admins only', async () => {
    await define()
    expectError(await scene.call('POST', AT, { resource_type: 'lamp', schema: true }), 409, 'already')
    const provider = { as: 'provider', roles: ['Infrastructure_Provider', 'Application_Provider'] } as const
    expectError(await scene.call('POST', AT, { resource_type: 'x', schema: true }, provider), 403, 'Admin')
    expectError(await scene.call('DELETE', `${AT}/lamp`, undefined, provider), 403, 'Admin')
  })

  test('checks its objects anew when it is defined anew', async () => {
    await define()
    await make({ color: 'red' })
    await scene.call('DELETE', `${AT}/lamp`)
    await define('lamp', { required: ['watts'] })
    expectError(await scene.call('POST', `${AT}/lamp`, { color: 'red' }), 400, 'watts: expected a value')
  })
})

describe('an object', () => {
  test('has to meet its schema, and is told everything that is wrong with it', async () => {
    await define()
    const refused = await scene.call('POST', `${AT}/lamp`, { size: 0, on: 'yes' })
    expectError(refused, 400, '(and 2 more)')
    expect(refused.json().errors).toEqual([
      { path: 'color', expected: 'a value', found: 'nothing' },
      { path: 'size', expected: '>= 1', found: '0' },
      { path: 'on', expected: 'boolean', found: '"yes"' },
    ])
    for (const body of [[], 'x', 5]) expectError(await scene.call('POST', `${AT}/lamp`, JSON.stringify(body)), 400, 'expected an object')
    expect(await ids('')).toEqual([])
  })

  test('is changed member by member: the whole has to meet the schema, not the part', async () => {
    await define()
    const { _id } = await make({ color: 'red', size: 2 })
    const changed = await scene.call('PATCH', `${AT}/lamp/${_id}`, { on: true, size: null })
    expect(changed.json()).toEqual({ _id, _version: 2, _owner: 'Admin', color: 'red', on: true })
    expectError(await scene.call('PATCH', `${AT}/lamp/${_id}`, { color: null }), 400, 'color: expected a value')
    // What was read may be sent back as it is.
    expect(
      (await scene.call('PUT', `${AT}/lamp/${_id}`, { ...changed.json<Record<string, unknown>>(), color: 'blue' })).json(),
    ).toMatchObject({
      color: 'blue',
      _version: 3,
    })
    expect((await scene.call('GET', `${AT}/lamp/${_id}`)).json()).toEqual({ _id, _version: 3, _owner: 'Admin', color: 'blue', on: true })
    expect((await scene.call('DELETE', `${AT}/lamp/${_id}`)).json()).toEqual({ _id })
    expectError(await scene.call('GET', `${AT}/lamp/${_id}`), 404, 'no lamp')
  })

  test('is guarded by its version where that is asked for', async () => {
    await define()
    const { _id } = await make({ color: 'red' })
    const { etag } = (await scene.call('GET', `${AT}/lamp/${_id}`)).headers
    expect(etag).toBe('"1"')
    const guarded = { headers: { 'if-match': String(etag) } }
    expect((await scene.call('PATCH', `${AT}/lamp/${_id}`, { size: 1 }, guarded)).headers['etag']).toBe('"2"')
    for (const method of ['PATCH', 'PUT', 'DELETE'] as const) {
      const refused = await scene.call(method, `${AT}/lamp/${_id}`, method === 'DELETE' ? undefined : { color: 'blue' }, guarded)
      expectError(refused, 409, 'changed meanwhile')
      expect(refused.json().version).toBe('2')
    }
  })

  test('loses no change when several come at once', async () => {
    await define('counter', true)
    const { _id } = await make({}, 'Admin', 'counter')
    const names = ['a', 'b', 'c', 'd']
    const answers = await Promise.all(names.map((name) => scene.call('PATCH', `${AT}/counter/${_id}`, { [name]: 1 })))
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
    expect((await scene.call('GET', `${AT}/counter/${_id}`)).json()).toMatchObject({ a: 1, b: 1, c: 1, d: 1, _version: 5 })
  })

  test('belongs to who made it; Admins see all', async () => {
    await define()
    const mine = await make({ color: 'red' }, 'me')
    const theirs = await make({ color: 'red' }, 'them')
    expect(await ids('', 'me')).toEqual([mine._id])
    expect(await ids('')).toEqual([mine._id, theirs._id])
    for (const method of ['GET', 'DELETE'] as const)
      expectError(await scene.call(method, `${AT}/lamp/${mine._id}`, undefined, { as: 'them' }), 404, 'no lamp')
    expectError(await scene.call('PATCH', `${AT}/lamp/${mine._id}`, { size: 9 }, { as: 'them' }), 404, 'no lamp')
  })

  test('has bounds', async () => {
    await define('any', true)
    const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)])
    for (const [body, message] of [
      [{ text: 'x'.repeat(70_000) }, 'may have 65536 bytes'],
      [{ list: Array.from({ length: 6_000 }, () => 1) }, 'may hold 5000 values'],
      [{ deep: deep(40) }, 'may be nested 32 levels deep'],
    ] as const)
      expectError(await scene.call('POST', `${AT}/any`, body), 400, message)
  })
})

describe('a list of objects', () => {
  beforeEach(() => define())

  test('is filtered by the type of what is stored', async () => {
    const red = await make({ color: 'red', size: 3, on: true, tags: ['x', 'y'], spec: { level: 1.5 } })
    const blue = await make({ color: 'blue', size: 30, on: false })
    expect(await ids('?color=red')).toEqual([red._id])
    expect(await ids('?size=3.0')).toEqual([red._id])
    expect(await ids('?on=false')).toEqual([blue._id])
    expect(await ids('?tags=y&spec.level=1.5')).toEqual([red._id])
    expect(await ids('?color=red&color=blue')).toEqual([red._id, blue._id])
    for (const none of ['?color=green', '?size=three', '?size=', '?nothing=here', '?spec=x', '?constructor=x', '?color=red&on=false'])
      expect(await ids(none), none).toEqual([])
    const many = Array.from({ length: 17 }, (_, index) => `f${index}=1`).join('&')
    expectError(await scene.call('GET', `${AT}/lamp?${many}`), 400, 'at most 16 filters')
  })

  test('comes in pages', async () => {
    const made = []
    for (let count = 0; count < 5; count += 1) made.push((await make({ color: count % 2 ? 'red' : 'blue' }))._id)
    const first = await scene.call('GET', `${AT}/lamp?limit=2&color=blue`)
    expect(first.json().map(({ _id }: { _id: string }) => _id)).toEqual([made[0], made[2]])
    const second = await scene.call('GET', `${AT}/lamp?limit=2&color=blue&cursor=${first.headers['x-next-cursor']}`)
    expect(second.json().map(({ _id }: { _id: string }) => _id)).toEqual([made[4]])
    expect(second.headers['x-next-cursor']).toBeUndefined()
  })
})

describe('hooks of a custom type', () => {
  test('complete, refuse and hear of its objects', async () => {
    await define()
    await scene.hook('lamps', 'lamp', ['pre_create', 'pre_update', 'pre_delete', 'post_create', 'post_update', 'post_delete'])
    scene.receiver = ({ event }) => (event === 'pre_create' ? { size: 7 } : event === 'pre_update' ? { on: true } : undefined)
    const { _id, ...made } = await make({ color: 'red' })
    expect(made).toMatchObject({ color: 'red', size: 7 })
    expect((await scene.call('PATCH', `${AT}/lamp/${_id}`, { size: 8 })).json()).toMatchObject({ size: 8, on: true })
    await scene.idle()
    expect(scene.told('pre_update')).toEqual([{ size: 8, _id }])
    expect(scene.told('post_create')).toMatchObject([{ entity: 'lamp', entity_id: _id }])
    expect(scene.told('post_update')).toMatchObject([{ entity: 'lamp', entity_id: _id }])
    scene.receiver = ({ event }) => (event === 'pre_delete' ? new Answer(422, 'still on') : undefined)
    expectError(await scene.call('DELETE', `${AT}/lamp/${_id}`), 403, 'still on')
    expect((await scene.call('DELETE', `${AT}/lamp`)).statusCode).toBe(200)
    await scene.idle()
    expect(scene.told('post_delete')).toMatchObject([{ entity: 'lamp', entity_id: _id }])
  })

  test('cannot make an object that does not meet the schema', async () => {
    await define()
    await scene.hook('lamps', 'lamp', ['pre_create'])
    scene.receiver = () => ({ size: 'large' })
    expectError(await scene.call('POST', `${AT}/lamp`, { color: 'red' }), 400, 'size: expected integer')
  })
})
