import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@oakestra/base'
import Fastify from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DashboardServer, startDashboardServer } from './dashboard-server.ts'

describe('the server of the dashboard', () => {
  const dir = mkdtempSync(join(tmpdir(), 'oak-dashboard-'))
  const api = Fastify()
  let server: DashboardServer

  const common = { api, host: '127.0.0.1', usualPorts: [80], setting: 'OAK_PORT', logger: silentLogger }
  const start = (port: number) => startDashboardServer({ ...common, dir, port })
  const get = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init)

  beforeAll(async () => {
    mkdirSync(join(dir, 'assets'))
    writeFileSync(join(dir, 'index.html'), '<html>the page</html>')
    writeFileSync(join(dir, 'assets', 'main-abc.js'), 'plain')
    writeFileSync(join(dir, 'assets', 'main-abc.js.br'), 'small')
    api.get('/api/hello', async () => ({ message: 'from the API' }))
    await api.ready()
    server = await start(0)
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await api.close()
    rmSync(dir, { recursive: true, force: true })
  })

  it('answers every address with the page, which browsers ask for anew each time', async () => {
    for (const path of ['/', '/services/5d?tab=events', '/apiary']) {
      const answer = await get(path)
      expect(await answer.text()).toBe('<html>the page</html>')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
    }
  })

  it('lets scripts and connections go nowhere else', async () => {
    const policy = (await get('/')).headers.get('content-security-policy') ?? ''
    expect(policy).toContain("script-src 'self'")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain('unsafe-eval')
  })

  it('gives files that are named by their content for good, as small as the browser can read them', async () => {
    const answer = await get('/assets/main-abc.js', { headers: { 'accept-encoding': 'br' } })
    expect(answer.headers.get('cache-control')).toContain('immutable')
    expect(answer.headers.get('content-encoding')).toBe('br')
  })

  it('has no page in the place of a file that is gone', async () => {
    expect((await get('/assets/main-old.js')).status).toBe(404)
    expect((await get('/', { method: 'POST' })).status).toBe(404)
  })

  it('hands the API what is for it, under the same address', async () => {
    expect(await (await get('/api/hello')).json()).toEqual({ message: 'from the API' })
    expect((await get('/api/nothing')).status).toBe(404)
  })

  it('takes no other port in the place of the one that was asked for', async () => {
    const taken = Number(new URL(server.url).port)
    await expect(start(taken)).rejects.toMatchObject({ code: 'port-in-use', message: expect.stringContaining(String(taken)) })
  })

  it('says so when the page was not built', async () => {
    await expect(startDashboardServer({ ...common, dir: join(dir, 'nowhere'), port: 0 })).rejects.toMatchObject({ code: 'not-found' })
  })
})
