import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sla } from '../testing/documents.ts'
import { good, ids, type Json, ResourceDesk } from './testing/resource-desk.ts'

/*
 * One test per line and quirk of `reference/orchestration.md` 8.2: what upstream's clients and add-ons rely on is as there,
 * what fails there (W-37) works.
 */

let desk: ResourceDesk
beforeAll(async () => {
  desk = await ResourceDesk.open()
})
afterAll(() => desk[Symbol.asyncDispose]())

const call: ResourceDesk['call'] = (...args) => desk.call(...args)

/** Somebody who listens for hooks, on a port of this machine. */
async function listen(answer: (body: Json, headers: Record<string, unknown>) => readonly [number, unknown]) {
  const calls: Json[] = []
  const server: Server = createServer((request, response) => {
    let text = ''
    request
      .on('data', (part) => (text += part))
      .on('end', () => {
        const body = JSON.parse(text) as Json
        calls.push(body)
        const [status, reply] = answer(body, request.headers)
        response.writeHead(status, { 'content-type': 'application/json', location: 'http://127.0.0.1:1/' }).end(JSON.stringify(reply))
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  return { url, calls, [Symbol.dispose]: close }
}

describe('hooks', () => {
  beforeEach(async () => {
    for (const id of ids(await good(call('GET', '/hooks/')))) await good(call('DELETE', `/hooks/${id}`), 204)
  })

  const hook = (url: string, entity: string, events: readonly string[], extra = {}) =>
    call('POST', '/hooks/', { hook_name: desk.newName('hook'), webhook_url: url, entity, events, ...extra })
  const NOBODY = 'http://127.0.0.1:9/'

  test('are made with 201, listed, shown (500 upstream), changed, and removed with 204', async () => {
    const made = await good(hook(NOBODY, 'resources', ['post_update']), 201)
    expect(made).toMatchObject({
      _id: expect.any(String),
      entity: 'resources',
      events: ['post_update'],
      secret: expect.stringMatching(/^\w{48}$/),
    })
    const shown = await good(call('GET', `/hooks/${made['_id']}`))
    expect(await good(call('GET', '/hooks'))).toEqual([shown])
    expect(shown).not.toHaveProperty('secret')
    expect(await good(call('PATCH', `/hooks/${made['_id']}`, { events: ['pre_delete'] }))).toMatchObject({
      ...shown,
      events: ['pre_delete'],
    })
    await good(call('DELETE', `/hooks/${made['_id']}`), 204)
    expect((await call('GET', `/hooks/${made['_id']}`)).status).toBe(404)
  })

  test('have a name, and entity and address, of their own: 409, not 500', async () => {
    const made = await good<{ hook_name: string }>(hook(NOBODY, 'jobs', ['post_create']), 201)
    expect((await hook(NOBODY, 'jobs', ['post_update'])).status).toBe(409)
    expect((await hook(`${NOBODY}2`, 'jobs', ['post_update'], { hook_name: made.hook_name })).status).toBe(409)
    await good(hook(NOBODY, 'job', ['post_update']), 201)
  })

  test('are refused with 422 for what is no event, no address, or too long a wait', async () => {
    expect((await hook(NOBODY, 'jobs', ['post_everything'])).status).toBe(422)
    for (const url of [
      'ftp://x/',
      'file:///etc/passwd',
      'http://user:pw@host/',
      'http://169.254.169.254/latest',
      'http://[fe80::1]/',
      'nonsense',
    ])
      expect((await hook(url, 'jobs', ['post_create'])).status, url).toBe(422)
    expect((await hook(NOBODY, 'jobs', ['post_create'], { timeout_ms: 15_001 })).status).toBe(422)
  })

  test('are called before and after over HTTP, and no redirect is followed', async () => {
    using receiver = await listen((body) => ('event' in body ? [200, {}] : [200, { ...body, memory: 96 }]))
    await good(hook(receiver.url, 'job', ['pre_create', 'post_create']), 201)
    const { id } = await desk.job({ memory: 5 })
    expect(await good(call('GET', `/jobs/${id}`))).toMatchObject({ memory: 96 })
    await until('the hook was told', () =>
      receiver.calls.some(({ event, entity, entity_id }) => event === 'post_create' && entity === 'job' && entity_id === id),
    )
    using redirecting = await listen(() => [307, {}])
    await good(hook(redirecting.url, 'applications', ['pre_create'], { on_failure: 'closed' }), 201)
    expect((await call('POST', '/applications', { application_name: 'never', application_namespace: 't' })).status).toBe(503)
    expect(redirecting.calls).toHaveLength(1)
  })

  test('are called under `jobs` as well as under `job`, for services that come by either way', async () => {
    using receiver = await listen(() => [200, {}])
    await good(hook(receiver.url, 'jobs', ['post_create']), 201)
    const { id } = await desk.job()
    const [made] = await good<{ microservices: string[] }[]>(
      desk.root.call('POST', '/api/application', sla(desk.newName('app')), { token: desk.token }),
    )
    expect(made).toBeDefined()
    await until('both were told', () => receiver.calls.length >= 2)
    expect(receiver.calls[0]).toMatchObject({ entity: 'jobs', entity_id: id, event: 'post_create' })
  })

  test('are asked before something is deleted, which never happens upstream', async () => {
    using receiver = await listen((body) => ('event' in body ? [200, {}] : [403, { message: 'still needed' }]))
    const { id } = await desk.job()
    await good(hook(receiver.url, 'jobs', ['pre_delete']), 201)
    expect((await call('DELETE', `/jobs/${id}`)).json()).toMatchObject({ code: 403, message: expect.stringContaining('still needed') })
    expect(receiver.calls).toEqual([expect.objectContaining({ _id: id })])
  })

  test('may change an instance’s fate only by a no: what they answer is not discarded, it is not asked for', async () => {
    using receiver = await listen(() => [409, { message: 'enough' }])
    const { id } = await desk.job()
    await good(hook(receiver.url, 'jobs', ['pre_create']), 201)
    expect((await call('PUT', `/jobs/${id}/0`)).status).toBe(403)
    expect((await good<{ instance_list: Json[] }>(call('GET', `/jobs/${id}`))).instance_list).toEqual([])
  })

  test('hear no heartbeat of a cluster as an update', async () => {
    using receiver = await listen(() => [200, {}])
    await good(hook(receiver.url, 'resources', ['post_update']), 201)
    await good(call('PATCH', `/resources/${desk.cluster}`, { labels: ['seen=1'] }))
    await until('the label was told', () => receiver.calls.length > 0)
    await good(call('PATCH', `/resources/${desk.cluster}`, { labels: [] }))
    await until('so was its end', () => receiver.calls.length > 1)
    expect(receiver.calls).toEqual(
      [1, 2].map(() => expect.objectContaining({ entity: 'resources', entity_id: desk.cluster, event: 'post_update' })),
    )
  })
})
