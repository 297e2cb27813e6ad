import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ApiFixture, createApiFixture } from '../testing/api-fixture.ts'
import { expectError, service, sla } from '../testing/documents.ts'
import { toCursor } from './cursor.ts'

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await createApiFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

type Named = { microservice_name?: string; application_name?: string }
const nameOf = (each: Named) => each.microservice_name ?? each.application_name ?? ''

/** All pages of a list; `between` happens after each. */
async function pages(path: string, limit: number, between = async (_page: number) => {}, as?: string, more = ''): Promise<string[][]> {
  const found: string[][] = []
  let cursor: unknown
  do {
    const query = `limit=${limit}${typeof cursor === 'string' ? `&cursor=${cursor}` : ''}`
    const answer = await fixture.call('GET', `${path}?${query}${more}`, undefined, as === undefined ? {} : { as })
    expect(answer.statusCode, answer.body).toBe(200)
    found.push(answer.json().map(nameOf))
    cursor = answer.headers['x-next-cursor']
    await between(found.length)
  } while (cursor !== undefined)
  return found
}

const admin = async () => ({ authorization: `Bearer ${await fixture.tokenOf('Admin')}` })

async function createApplication(name: string, names: readonly string[], as?: string): Promise<string> {
  const body = sla(
    name,
    names.map((each) => service(each)),
  )
  const answer = await fixture.call('POST', '/api/application', body, as === undefined ? {} : { as })
  return answer.json().find((each: Named) => each.application_name === name).applicationID
}

describe('a list in pages', () => {
  test('holds everything once, in the order of the whole list, which stays as it was', async () => {
    for (const name of ['c', 'a', 'b']) {
      await createApplication(name, [`${name}2`, `${name}1`, `${name}3`])
      await fixture.clock.advance(1)
    }
    const [applications, services] = [
      ['c', 'a', 'b'],
      ['c2', 'c1', 'c3', 'a2', 'a1', 'a3', 'b2', 'b1', 'b3'],
    ]
    expect((await fixture.call('GET', '/api/applications')).json().map(nameOf)).toEqual(applications)
    expect((await fixture.call('GET', '/api/services')).json().map(nameOf)).toEqual(services)
    expect(await pages('/api/applications', 2)).toEqual([['c', 'a'], ['b']])
    for (const limit of [1, 2, 4, 9, 100]) {
      const read = await pages('/api/services', limit)
      expect(read.flat()).toEqual(services)
      expect(read.every((page) => page.length <= limit)).toBe(true)
    }
  })

  test('of one application, and of one user, is no other than theirs', async () => {
    const id = await createApplication('mine', ['x', 'y', 'z'])
    await createApplication('other', ['n'], 'ann')
    expect(await pages(`/api/services/${id}`, 2)).toEqual([['x', 'y'], ['z']])
    expect(await pages('/api/services', 10, undefined, 'ann')).toEqual([['n']])
    expect(await pages('/api/applications', 1, undefined, 'ann')).toEqual([['other']])
    const ann = (await fixture.call('GET', '/api/user/ann')).json()._id.$oid
    expect(await pages(`/api/applications/${ann}`, 1)).toEqual([['other']])
  })

  test('tells nothing twice and forgets nothing that stayed, while others come and go', async () => {
    const id = await createApplication('app', ['a', 'b', 'c', 'd', 'e', 'f'])
    const services = (await fixture.call('GET', `/api/services/${id}`)).json()
    const read = await pages('/api/services', 2, async (page) => {
      if (page !== 1) return
      // One that was read, one that is the last read, one that was not; and one more.
      for (const index of [0, 1, 3]) await fixture.call('DELETE', `/api/service/${services[index].microserviceID}`)
      await fixture.call('POST', '/api/service', sla('app', [service('late')], id))
    })
    expect(read.flat()).toEqual(['a', 'b', 'c', 'e', 'f', 'late'])
  })

  test('goes on where its application was deleted meanwhile', async () => {
    const gone = await createApplication('gone', ['a', 'b'])
    await fixture.clock.advance(1)
    await createApplication('kept', ['c'])
    const read = await pages('/api/services', 1, async (page) => {
      if (page === 1) await fixture.call('DELETE', `/api/application/${gone}`)
    })
    expect(read.flat()).toEqual(['a', 'c'])
  })

  test('shows nobody what belongs to others, whatever the cursor says', async () => {
    await createApplication('secret', ['s'])
    await createApplication('own', ['o'], 'ann')
    for (const position of [
      [0, ''],
      [0, '\u0001'],
      [1, ''],
      [-1, ''],
      [0, 'Admin\u0001'],
    ]) {
      const answer = await fixture.call('GET', `/api/applications?cursor=${toCursor(position)}`, undefined, { as: 'ann' })
      expect(answer.body).not.toContain('secret')
    }
    const answer = await fixture.call('GET', `/api/services?cursor=${toCursor([0, 'Admin\u0001', ''])}`, undefined, { as: 'ann' })
    expect(answer.body).not.toContain('"s"')
  })

  test('is not needed for a long one: whole, it is sent as it is read', async () => {
    const names = Array.from({ length: 230 }, (_, number) => `s${number}`)
    const id = await createApplication('long', names)
    for (let n = 0; n < 110; n += 1) await createApplication(`a${n}`, n === 50 ? ['last'] : [])
    for (const path of ['/api/services', '/api/applications', `/api/services/${id}`]) {
      const whole = await fixture.call('GET', path)
      expect(whole.headers['content-type'], path).toMatch('application/json')
      expect(whole.headers, path).not.toHaveProperty('x-next-cursor')
      expect(whole.json().map(nameOf), path).toEqual((await pages(path, 1000)).flat())
    }
    expect((await fixture.call('GET', '/api/services')).json().map(nameOf)).toEqual([...names, 'last'])
    expect((await fixture.api.inject({ method: 'HEAD', url: '/api/services', headers: await admin() })).body).toBe('')
    expectError(await fixture.call('GET', '/api/services/nothing'), 404, 'no application')
  })

  test('of services holds those that are looked for, by name, image or address', async () => {
    await createApplication('shop', ['web', 'db', 'webhook'])
    await createApplication('blog', ['front'])
    const found = async (q: string) => (await pages(`/api/services`, 1, undefined, undefined, `&q=${encodeURIComponent(q)}`)).flat()
    expect(await found('WEB')).toEqual(['web', 'webhook'])
    expect(await found('shop.t.')).toEqual(['web', 'db', 'webhook'])
    expect(await found('nothing')).toEqual([])
    const [{ RR_ip: address }] = (await fixture.call('GET', '/api/services?q=front')).json()
    expect(await found(address)).toEqual(['front'])
    expect((await fixture.call('GET', '/api/services?q=')).json()).toHaveLength(4)
    expectError(await fixture.call('GET', `/api/services?q=${'a'.repeat(201)}`), 400, 'at most 200')
  })

  test('can be had of what is small as well', async () => {
    for (const path of ['/api/clusters', '/api/clusters/active', '/api/nodes', '/api/users', '/api/organization', '/api/unclaimed']) {
      const answer = await fixture.call('GET', `${path}?limit=1`)
      expect(answer.statusCode, path).toBe(200)
      expect(answer.json().length, path).toBeLessThanOrEqual(1)
    }
  })
})

describe('what is no page', () => {
  test.each(['limit=0', 'limit=-1', 'limit=1001', 'limit=x', 'cursor=%00', 'cursor=a&cursor=b', `cursor=${'a'.repeat(3000)}`])(
    'is refused: %s',
    async (query) => {
      expectError(await fixture.call('GET', `/api/services?${query}`), 400, 'expected')
    },
  )

  test.each([['garbage'], [toCursor([])], [toCursor([1])], [toCursor(['x', 1, 2])], ['eyJhIjoxfQ']])(
    'a cursor of nothing is told: %s',
    async (cursor) => {
      expectError(await fixture.call('GET', `/api/services?cursor=${cursor}`), 400, 'begin again without it')
    },
  )
})
