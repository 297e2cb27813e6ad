import { createServer } from 'node:net'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serveResourceAbstractor } from './resource-abstractor.ts'

let api: FastifyInstance
beforeEach(async () => {
  api = fastify({ routerOptions: { ignoreTrailingSlash: true } })
  api.addHook('onRequest', async ({ headers }, reply) => {
    if (headers.authorization !== 'Bearer right') await reply.code(401).send({ code: 401 })
  })
  api.post('/api/v1/jobs', async ({ body }) => body)
  api.get('/api/v1/resources', async () => [])
  api.get('/api/secret', async () => 'secret')
  await api.ready()
})
afterEach(() => api.close())

const headers = { authorization: 'Bearer right', 'content-type': 'application/json' }

describe('the port of the resource abstractor', () => {
  it('has what is below /api/v1, for whoever the API lets in, and nothing else', async () => {
    await using served = await serveResourceAbstractor(api, { host: '127.0.0.1', port: 0, role: 'root' })
    const url = `http://127.0.0.1:${served.port}`
    expect(await (await fetch(url)).text()).toBe('ok')
    expect(await (await fetch(`${url}/api/v1/resources/?x=1`, { headers })).json()).toEqual([])
    expect(await (await fetch(`${url}/api/v1/jobs`, { method: 'POST', headers, body: '{"a":1}' })).json()).toEqual({ a: 1 })
    expect((await fetch(`${url}/api/v1/resources`)).status).toBe(401)
    for (const path of ['/api/secret', '/api/v12', '/docs', '/api/v1/../secret']) {
      expect((await fetch(url + path, { headers })).status, path).toBe(404)
    }
  })

  it('is off where no port is said', async () => {
    await using served = await serveResourceAbstractor(api, { host: '127.0.0.1', role: 'root' })
    expect(served.port).toBeUndefined()
  })

  it('that is taken is named with its setting', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const address = other.address()
    const port = typeof address === 'object' ? address?.port : undefined
    await expect(serveResourceAbstractor(api, { host: '127.0.0.1', port, role: 'cluster' })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining('cluster.resourceAbstractorPort'),
    })
    await new Promise((resolve) => other.close(resolve))
  })
})
