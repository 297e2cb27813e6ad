import { wireEventSchema } from '@oakestra/wire'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clusters } from '../../state/collections.ts'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { expectError, service, sla } from '../testing/documents.ts'

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await createApiFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const PROVIDER = { roles: ['Application_Provider'] as const }

async function createApp(name: string, as = 'Admin'): Promise<{ applicationID: string; microservices: string[] }> {
  return (await fixture.call('POST', '/api/application', sla(name, [service('web')]), { as, ...PROVIDER })).json().at(-1)
}

interface Listed {
  readonly id: string
  readonly kind: string
  readonly object: { readonly name: string }
}

async function list(query = '', as = 'Admin'): Promise<Listed[]> {
  const answer = await fixture.call('GET', `/api/events${query}`, undefined, { as, ...PROVIDER })
  expect(answer.statusCode, answer.body).toBe(200)
  return answer.json()
}

const kinds = async (query = '', as = 'Admin') => (await list(query, as)).map(({ kind }) => kind)

describe('events', () => {
  test('are listed, the newest first, with who did it, as the document says', async () => {
    await createApp('shop')
    const all = await list('?kind=application,service')
    expect(all).toMatchObject([
      { kind: 'service.created', actor: { kind: 'user', name: 'Admin' }, object: { type: 'service', name: 'shop.t.web.t' } },
      { kind: 'application.created', actor: { kind: 'user', name: 'Admin' }, object: { type: 'application', name: 'shop' } },
    ])
    for (const event of await list()) expect(wireEventSchema.strict().parse(event)).toEqual(event)
  })

  test('are those that are asked for', async () => {
    const shop = await createApp('shop')
    const other = await createApp('other')
    const [web = ''] = shop.microservices
    for (let count = 0; count < 2; count += 1) await fixture.call('POST', `/api/service/${web}/instance`)
    expect(await kinds(`?application=${other.applicationID}`)).toEqual(['service.created', 'application.created'])
    expect(await kinds(`?service=${web}`)).toEqual(['instance.created', 'instance.created', 'service.created'])
    expect(await kinds(`?service=${web}&instance=1`)).toEqual(['instance.created'])
    const [instance] = await fixture.call('GET', `/api/events?service=${web}&instance=1`).then((answer) => answer.json())
    expect(await list(`?instance=${instance.object.id}`)).toEqual([instance])
    expect(await kinds(`?application=${shop.applicationID}&kind=service.created,instance`)).toHaveLength(3)
    expect(await kinds('?cluster=c')).toEqual([])
    await fixture.store.write((writer) => writer.put(clusters, { id: 'c', name: 'munich', location: '', createdAtMs: 0 }))
    expect(await kinds('?cluster=c')).toEqual(['cluster.joined'])
    expect(await kinds('?node=n')).toEqual([])
  })

  test('of some time are left out when they are older', async () => {
    await createApp('early')
    await fixture.clock.advance(60_000)
    const since = fixture.clock.wallMs()
    await createApp('late')
    const names = async (text: string) => (await list(`?kind=application&since=${text}`)).map(({ object }) => object.name)
    expect(await names(String(since))).toEqual(['late'])
    expect(await names(new Date(since - 60_000).toISOString())).toEqual(['late', 'early'])
    expect(await names('2200-01-01T00:00:00Z')).toEqual([])
  })

  test('come in pages', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) await createApp(name)
    const whole = await list('?kind=application')
    const seen: Listed[] = []
    let cursor = ''
    do {
      const answer = await fixture.call('GET', `/api/events?kind=application&limit=2${cursor && `&cursor=${cursor}`}`)
      expect(answer.json().length).toBeLessThanOrEqual(2)
      seen.push(...answer.json())
      cursor = String(answer.headers['x-next-cursor'] ?? '')
    } while (cursor !== '')
    expect(seen).toEqual(whole)
    expect(whole).toHaveLength(5)
  })

  test('are seen by whoever may see their application, and after its end by its owner', async () => {
    const mine = await createApp('mine', 'dev')
    await createApp('theirs')
    const visible = ['service.created', 'application.created']
    expect(await kinds('', 'dev')).toEqual(expect.arrayContaining(visible))
    expect(await kinds('?kind=application', 'dev')).toHaveLength(1)
    expect(await kinds('?kind=application', 'other')).toEqual([])
    expect(await kinds(`?application=${mine.applicationID}`, 'other')).toEqual([])
    await fixture.call('DELETE', `/api/application/${mine.applicationID}`, undefined, { as: 'dev', ...PROVIDER })
    expect(await kinds('?kind=application', 'dev')).toEqual(['application.removed', 'application.created'])
    expect(await kinds('?kind=application', 'other')).toEqual([])
    expect((await kinds('?kind=application')).length).toBe(3)
  })

  test('of users are for Admins and for themselves, those of the machinery for everybody', async () => {
    await fixture.tokenOf('dev', ['Application_Provider'])
    await fixture.tokenOf('other', ['Application_Provider'])
    await fixture.store.write((writer) => writer.put(clusters, { id: 'c', name: 'munich', location: '', createdAtMs: 0 }))
    expect((await list('', 'dev')).map(({ kind, object }) => [kind, object.name])).toEqual([
      ['cluster.joined', 'munich'],
      ['user.created', 'dev'],
    ])
    expect((await list('?kind=user')).map(({ object }) => object.name)).toEqual(['other', 'dev', 'Admin'])
  })

  test('are refused where nobody could tell what is meant', async () => {
    for (const query of [
      'kind=moon',
      'since=yesterday',
      'limit=0',
      'limit=5000',
      'cursor=x',
      'instance=1',
      `application=${'x'.repeat(99)}`,
    ]) {
      expectError(await fixture.call('GET', `/api/events?${query}`), 400, '')
    }
  })
})
