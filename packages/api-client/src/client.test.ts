import { describe, expect, test } from 'vitest'
import { ApiError } from './api-error.ts'
import { type ApiClientOptions, createApiClient } from './client.ts'
import { type Asked, type ScriptedAnswer, scriptFetch } from './testing/script-fetch.ts'

function clientOf(answer: (asked: Asked) => ScriptedAnswer | Promise<ScriptedAnswer>, options: Partial<ApiClientOptions> = {}) {
  const fetch = scriptFetch(answer)
  return { fetch, client: createApiClient({ baseUrl: 'http://root:10000', fetch, token: () => 'token-1', ...options }) }
}

describe('a call', () => {
  test('asks at the address of its operation, with parameters, query, body and token', async () => {
    const { client, fetch } = clientOf(() => ({ body: { message: 'ok', revision: 2, notes: [] } }))
    const body = { microservice_name: 'web', microservice_namespace: 't', virtualization: 'container' }
    const answer = await client.call('PUT /api/service/{serviceId}', { params: { serviceId: 'a b/c' }, body, ifMatch: '7' })
    expect(answer.revision).toBe(2)
    expect(fetch.asked).toEqual([
      {
        url: 'http://root:10000/api/service/a%20b%2Fc',
        init: {
          method: 'PUT',
          headers: {
            accept: 'application/json',
            authorization: 'Bearer token-1',
            'content-type': 'application/json',
            'if-match': '"7"',
          },
          body: JSON.stringify(body),
        },
      },
    ])
  })

  test('leaves out of the query what is undefined', async () => {
    const { client, fetch } = clientOf(() => ({ body: [] }), { baseUrl: '' })
    await client.call('GET /api/nodes', { query: { cluster: 'c1' } })
    await client.call('GET /api/nodes')
    expect(fetch.asked.map(({ url }) => url)).toEqual(['/api/nodes?cluster=c1', '/api/nodes'])
  })

  test.each(['', '.', '..'])('does not ask for another address with %j in the place of an id', async (serviceId) => {
    const { client, fetch } = clientOf(() => ({ body: {} }))
    const call = client.call('DELETE /api/service/{serviceId}', { params: { serviceId } })
    await expect(call).rejects.toMatchObject({ code: 'bad-request', message: expect.stringContaining('serviceId') })
    expect(fetch.asked).toEqual([])
  })

  test('gives version and cursor of the answer to those who ask for them', async () => {
    const { client } = clientOf(() => ({ body: [], headers: { etag: 'W/"12"', 'x-next-cursor': 'abc' } }))
    expect(await client.ask('GET /api/clusters')).toEqual({ body: [], version: '12', nextCursor: 'abc' })
  })
})

describe('a refusal', () => {
  test('is an error with status, code, message and details', async () => {
    const errors = [{ path: 'memory', expected: 'a number', found: '"x"' }]
    const { client } = clientOf(() => ({ status: 422, body: { code: 422, status: 'Unprocessable', message: 'memory: no', errors } }))
    const error = await client.call('GET /api/services').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 422, code: 'bad-request', message: 'memory: no', violations: errors })
  })

  test('of something that stands in between is told by its status', async () => {
    const { client } = clientOf(() => ({ status: 502, pieces: [`<html>${'x'.repeat(1000)}`] }))
    await expect(client.call('GET /api/services')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('502') })
  })

  test('differs from a server that cannot be asked, and from being called off', async () => {
    const unreachable = clientOf(() => Promise.reject(new TypeError('fetch failed')))
    await expect(unreachable.client.call('GET /api/services')).rejects.toMatchObject({ code: 'unavailable' })
    const signal = AbortSignal.abort()
    await expect(unreachable.client.call('GET /api/services', { signal })).rejects.toMatchObject({ code: 'aborted' })
  })
})

describe('a token that is not taken', () => {
  const takes = (token: string) => (asked: Asked) =>
    asked.init.headers['authorization'] === `Bearer ${token}` ? { body: [] } : { status: 401, body: { message: 'expired' } }

  test('is renewed once for all calls that it fails, and they are made again', async () => {
    let token = 'old'
    let renewals = 0
    const { client, fetch } = clientOf(takes('new'), {
      token: () => token,
      onUnauthorized: async () => {
        renewals += 1
        await Promise.resolve()
        token = 'new'
        return true
      },
    })
    await Promise.all([client.call('GET /api/services'), client.call('GET /api/clusters'), client.call('GET /api/nodes')])
    expect(renewals).toBe(1)
    expect(fetch.asked).toHaveLength(6)
  })

  test('is told when there is no other', async () => {
    const { client, fetch } = clientOf(takes('new'), { onUnauthorized: () => false })
    await expect(client.call('GET /api/services')).rejects.toMatchObject({ code: 'unauthenticated', message: 'expired' })
    expect(fetch.asked).toHaveLength(1)
  })

  test('is no reason to renew when it is a password that is wrong', async () => {
    let renewals = 0
    const { client, fetch } = clientOf(() => ({ status: 401, body: { message: 'wrong' } }), {
      onUnauthorized: () => {
        renewals += 1
        return true
      },
    })
    await expect(client.call('POST /api/auth/login', { body: { username: 'a', password: 'b' } })).rejects.toThrow('wrong')
    expect(renewals).toBe(0)
    expect(fetch.asked[0]?.init.headers).not.toHaveProperty('authorization')
  })
})

describe('a stream of lines', () => {
  const logs = 'GET /api/service/{serviceId}/instance/{instanceNumber}/logs'
  const params = { serviceId: 's', instanceNumber: 0 }

  test('gives values as they come, wherever the pieces are cut', async () => {
    const bytes = new TextEncoder().encode('{"line":"ä"}\n\n{"line":"b"}')
    const { client, fetch } = clientOf(() => ({ pieces: [bytes.slice(0, 10), bytes.slice(10)] }))
    const lines = []
    for await (const { line } of client.lines(logs, { params, query: { follow: true, tail: 5 } })) lines.push(line)
    expect(lines).toEqual(['ä', 'b'])
    expect(fetch.asked[0]?.url).toBe('http://root:10000/api/service/s/instance/0/logs?follow=true&tail=5')
  })

  test('lets go of the connection when its reader leaves', async () => {
    let isCancelled = false
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode('{}\n')),
      cancel: () => {
        isCancelled = true
      },
    })
    const client = createApiClient({ baseUrl: '', fetch: async () => new Response(endless), token: () => undefined })
    for await (const _line of client.lines(logs, { params })) break
    expect(isCancelled).toBe(true)
  })

  test('ends like any other when it is called off, and fails when it breaks off', async () => {
    const controller = new AbortController()
    const broken = new ReadableStream<Uint8Array>({ pull: (stream) => stream.error(new Error('reset')) })
    const client = createApiClient({ baseUrl: '', fetch: async () => new Response(broken), token: () => undefined })
    await expect(client.lines(logs, { params }).next()).rejects.toMatchObject({ code: 'unavailable' })
    controller.abort()
    expect(await client.lines(logs, { params, signal: controller.signal }).next()).toMatchObject({ done: true })
  })
})

describe('a list in pages', () => {
  test('is read until no page follows, an empty one included', async () => {
    const cursors = ['a', 'b', undefined]
    const { client, fetch } = clientOf(() => {
      const cursor = cursors.shift()
      return { body: [], headers: cursor === undefined ? {} : { 'x-next-cursor': cursor } }
    })
    let pages = 0
    for await (const page of client.pages('GET /api/services', { query: { limit: 10 } })) pages += 1 + page.length
    expect(pages).toBe(3)
    expect(fetch.asked.map(({ url }) => new URL(url).search)).toEqual(['?limit=10', '?limit=10&cursor=a', '?limit=10&cursor=b'])
  })
})

describe('a stream of events', () => {
  test('goes on behind the last event, and gives data as values', async () => {
    const { client, fetch } = clientOf(() => ({ pieces: ['id: 8\nevent: event\ndata: {"kind":"x"}\n\n'] }))
    const events = []
    for await (const event of client.events('GET /api/events/stream', { lastEventId: '7' })) events.push(event)
    expect(events).toEqual([{ id: '8', type: 'event', data: { kind: 'x' } }])
    expect(fetch.asked[0]?.init.headers['last-event-id']).toBe('7')
  })
})
