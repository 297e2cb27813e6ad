import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ensureLocalToken, writeLocalApi } from '../../daemon/local-access.ts'
import { type CliHarness, startCli } from '../../testing/cli-harness.ts'

const SERVICE = {
  id: 'a'.repeat(24),
  name: 'site.t.web.t',
  from: 'here',
  instances: [
    { id: 'b', number: 0, state: 'running', detail: '', node: 'n1', addresses: { v4: '10.30.128.1', v6: 'fdff:400::1' }, added: 'waiting' },
    { id: 'c', number: 1, state: 'creating', detail: 'pulling', addresses: { v4: '10.30.128.2', v6: 'fdff:400::2' } },
  ],
}

let cli: CliHarness
let server: Server
let port: number
let asked: string[]
let answers: Record<string, unknown>
beforeEach(async () => {
  cli = await startCli()
  asked = []
  answers = { 'GET /api/local/services': [SERVICE], 'POST /api/local/application': [SERVICE], 'GET /api/local/orders': [] }
  server = createServer((request, response) => {
    let body = ''
    request.on('data', (part) => (body += part))
    request.on('end', () => {
      const call = `${request.method} ${request.url}`
      asked.push(`${call} ${body}`.trim())
      const isKnown = request.headers.authorization === `Bearer ${ensureLocalToken(dataDir())}`
      response.statusCode = isKnown ? 200 : 401
      response.end(JSON.stringify(isKnown ? (answers[call] ?? {}) : { message: 'this is not the token' }))
    })
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = typeof address === 'object' && address ? address.port : 0
  mkdirSync(dataDir(), { recursive: true })
  ensureLocalToken(dataDir())
  writeLocalApi(dataDir(), '0.0.0.0', port)
})
afterEach(async () => {
  await cli[Symbol.asyncDispose]()
  server.closeAllConnections()
  await new Promise((resolve) => void server.close(resolve))
})

const dataDir = () => join(cli.folder, 'data')

describe('oak local', () => {
  it('finds the cluster of this machine and its token, which only the owner can read', async () => {
    const { code, stdout } = await cli.run('local', 'list')
    expect(code).toBe(0)
    expect(stdout).toMatch(/site\.t\.web\.t +0 +running +n1 +10\.30\.128\.1 +here +added \(waiting\)/)
    expect(stdout).toContain('pulling')
    expect(statSync(join(dataDir(), 'cluster', 'local-token')).mode & 0o777).toBe(0o600)
  })

  it('finds another one by address and file', async () => {
    const file = join(cli.folder, 'token')
    writeFileSync(file, `${ensureLocalToken(dataDir())}\n`)
    const elsewhere = ['--data-dir', join(cli.folder, 'other'), 'local', '--token-file', file]
    expect((await cli.run('--api', `127.0.0.1:${port}`, ...elsewhere, 'orders')).stderr).not.toContain('error')
    writeFileSync(file, 'wrong')
    const refused = await cli.run('--api', `127.0.0.1:${port}`, ...elsewhere, 'nodes')
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('this is not the token') })
    const lost = await cli.run(...elsewhere, 'list')
    expect(lost).toMatchObject({ code: 2, stderr: expect.stringContaining('no cluster has run') })
  })

  it('starts an instance again', async () => {
    const restarted = await cli.run('local', 'restart', 'web', '1')
    expect(restarted).toMatchObject({ code: 0, stderr: 'Instance 1 of site.t.web.t is started again where it is.\n' })
    expect(asked.at(-1)).toBe(`POST /api/local/service/${SERVICE.id}/instance/1/restart`)
  })

  it('deploys a file and prints the ids', async () => {
    const file = join(cli.folder, 'site.json')
    writeFileSync(file, '{"sla_version":"v2.0"}')
    const { code, stdout, stderr } = await cli.run('local', 'deploy', '-f', file)
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${SERVICE.id}\n` })
    expect(stderr).toContain('site.t.web.t has 2 instance(s)')
    expect(asked).toEqual(['POST /api/local/application {"sla_version":"v2.0"}'])
    expect((await cli.run('local', 'deploy')).code).toBe(2)
  })

  it('scales and undeploys by any name, and asks before it ends more than one', async () => {
    expect((await cli.run('local', 'scale', 'site.web', '3')).code).toBe(0)
    expect(asked.at(-1)).toBe(`PUT /api/local/service/${SERVICE.id}/replicas {"replicas":3}`)
    expect((await cli.run('local', 'undeploy', 'web')).code).toBe(2)
    expect((await cli.run('local', 'undeploy', 'web', '--yes')).code).toBe(0)
    expect(asked.at(-1)).toBe(`DELETE /api/local/service/${SERVICE.id}/instance/-1`)
    expect((await cli.run('local', 'undeploy', 'web', '1')).code).toBe(0)
    expect(asked.at(-1)).toBe(`DELETE /api/local/service/${SERVICE.id}/instance/1`)
    expect((await cli.run('local', 'undeploy', 'wob', '1')).code).toBe(5)
  })

  it('says what root has not confirmed, and why', async () => {
    const common = { id: 'x', name: 'site.t.web.t', created_at: '2026-01-31T12:00:00.000Z', actor: 'jo' }
    answers['GET /api/local/orders'] = [
      { ...common, kind: 'add-instance', number: 1, standing: 'over', reason: 'root has no such service' },
    ]
    expect((await cli.run('local', 'orders')).stdout).toContain('root has no such service')
    answers['GET /api/local/orders'] = []
    expect((await cli.run('local', 'orders')).stderr).toContain('Root knows everything')
  })
})
