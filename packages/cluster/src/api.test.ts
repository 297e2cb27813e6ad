import { VirtualClock } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createClusterApi } from './api.ts'
import { Scene } from './testing/scene.ts'

const TOKEN = 'correct-token'

let scene: Scene
let clock: VirtualClock
let api: ReturnType<typeof createClusterApi>
beforeEach(async () => {
  scene = await Scene.open({ nodes: ['n1'] })
  clock = new VirtualClock()
  const deps = { id: 'c'.repeat(24), name: 'c1', version: 'test', isConnected: () => true, local: scene.cluster.local }
  api = createClusterApi({ ...deps, localToken: TOKEN, clock })
})
afterEach(async () => {
  await api.close()
  await scene[Symbol.asyncDispose]()
})

const call = (url: string, authorization?: string, payload?: string) =>
  api.inject({
    method: payload === undefined ? 'GET' : 'POST',
    url,
    headers: authorization ? { authorization } : {},
    ...(payload !== undefined && { payload }),
  })

describe('the API of a cluster', () => {
  it('tells its status to everybody', async () => {
    expect((await call('/api/cluster/status')).json()).toMatchObject({ cluster_name: 'c1', connected_to_root: true })
    expect((await call('/api/cluster/status/')).statusCode).toBe(200)
  })

  it('tells nothing else without the token, and not whether it exists', async () => {
    for (const url of ['/api/local/services', '/api/local/orders', '/api/local/nodes', '/', '/api/local/nothing']) {
      const answer = await call(url)
      expect([url, answer.statusCode]).toEqual([url, 401])
      expect(answer.json()).toMatchObject({ code: 401, status: 'Unauthorized' })
      expect(answer.headers['www-authenticate']).toBe('Bearer')
    }
    expect((await call('/api/local/nothing', `Bearer ${TOKEN}`)).statusCode).toBe(404)
    expect((await call('/api/local/services', `Bearer ${TOKEN}`)).json()).toEqual([])
  })

  it('makes who tries tokens wait, and only that one', async () => {
    for (let count = 0; count < 20; count += 1) expect((await call('/api/local/nodes', 'Bearer wrong')).statusCode).toBe(401)
    const blocked = await call('/api/local/nodes', `Bearer ${TOKEN}`)
    expect(blocked.statusCode).toBe(429)
    expect(blocked.headers['retry-after']).toBe('60')
    const headers = { authorization: `Bearer ${TOKEN}` }
    expect((await api.inject({ url: '/api/local/nodes', headers, remoteAddress: '10.0.0.9' })).statusCode).toBe(200)
    await clock.advance(60_001)
    expect((await call('/api/local/nodes', `Bearer ${TOKEN}`)).statusCode).toBe(200)
  })

  it('answers nonsense with what is wrong with it', async () => {
    const auth = `Bearer ${TOKEN}`
    expect((await call('/api/local/application', auth, '{')).json()).toMatchObject({ code: 400, message: 'the body is not valid JSON' })
    expect((await call('/api/local/application', auth, '')).statusCode).toBe(422)
    expect((await call('/api/local/application', auth, '{"__proto__": {}}')).statusCode).toBe(400)
    expect((await call('/api/local/service/nobody/instance', auth, '')).statusCode).toBe(404)
    const large = await call('/api/local/service/nobody/instance', auth, JSON.stringify('x'.repeat(20_000)))
    expect(large.statusCode).toBe(413)
    const put = (url: string, payload: object) => api.inject({ method: 'PUT', url, headers: { authorization: auth }, payload })
    expect((await put('/api/local/service/x/replicas', { replicas: 1.5 })).statusCode).toBe(400)
    expect((await put('/api/local/service/x/replicas', {})).statusCode).toBe(400)
    expect(
      (await api.inject({ method: 'DELETE', url: '/api/local/service/x/instance/-2', headers: { authorization: auth } })).statusCode,
    ).toBe(400)
    expect(
      (await api.inject({ method: 'PATCH', url: '/api/local/nodes/x', headers: { authorization: auth }, payload: { cordoned: 1 } }))
        .statusCode,
    ).toBe(400)
  })

  it('says that a cluster which root never gave addresses cannot start anything', async () => {
    const microservices = [{ microservice_name: 'web', microservice_namespace: 't', virtualization: 'container', code: 'x' }]
    const document = { sla_version: 'v2.0', applications: [{ application_name: 'a', application_namespace: 't', microservices }] }
    const answer = await call('/api/local/application', `Bearer ${TOKEN}`, JSON.stringify(document))
    expect(answer.json()).toMatchObject({ code: 503, message: expect.stringContaining('root has not set addresses aside') })
    expect((await call('/api/local/orders', `Bearer ${TOKEN}`)).json()).toEqual([])
  })
})
