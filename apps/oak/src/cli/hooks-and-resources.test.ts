import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type CliHarness, startCli } from '../testing/cli-harness.ts'

const hook = {
  _id: 'a'.repeat(24),
  hook_name: 'audit',
  webhook_url: 'http://x/',
  entity: 'jobs',
  events: ['post_create'],
  on_failure: 'open',
}
const failed = {
  id: 'd'.repeat(24),
  hook_id: hook._id,
  state: 'failed',
  event: 'post_create',
  entity: 'jobs',
  entity_id: '5',
  happened_at: 'then',
  attempts: 9,
}
const lamp = { _id: 'b'.repeat(24), _version: 2, _owner: 'Admin', color: 'red' }

let cli: CliHarness
let server: Server
let requests: [call: string, body: unknown][]
/** What is answered instead. */
let refusal: readonly [number, unknown] | undefined

const ANSWERS: Readonly<Record<string, unknown>> = {
  'POST /api/auth/login': { token: `x.${Buffer.from(JSON.stringify({ exp: 9e9 })).toString('base64url')}.y`, refresh_token: 'r' },
  'GET /api/v1/hooks': [hook],
  'POST /api/v1/hooks': { ...hook, secret: 'told once' },
  [`GET /api/v1/hooks/${hook._id}/deliveries`]: [{ ...failed, last_error: 'nothing answers' }],
  [`POST /api/v1/hooks/${hook._id}/retry`]: { message: '1 are told again' },
  [`POST /api/v1/hooks/${hook._id}/deliveries/${failed.id}/retry`]: { message: 'ok' },
  'GET /api/v1/custom-resources': [{ _id: 'c', resource_type: 'lamp', schema: {} }],
  'POST /api/v1/custom-resources': {},
  'DELETE /api/v1/custom-resources/lamp': { message: 'the custom type lamp is removed' },
  'GET /api/v1/custom-resources/lamp': [lamp],
  'POST /api/v1/custom-resources/lamp': lamp,
  [`GET /api/v1/custom-resources/lamp/${lamp._id}`]: lamp,
  [`PATCH /api/v1/custom-resources/lamp/${lamp._id}`]: lamp,
  [`DELETE /api/v1/custom-resources/lamp/${lamp._id}`]: { _id: lamp._id },
}

beforeEach(async () => {
  cli = await startCli()
  requests = []
  refusal = undefined
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cli.env['OAK_API'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const text = Buffer.concat(parts).toString()
  const call = `${request.method} ${request.url}`
  requests.push([call, text === '' ? undefined : JSON.parse(text)])
  const known = ANSWERS[call.split('?')[0] ?? '']
  const [status, body] = call.includes('/auth/') ? [200, known] : (refusal ?? [call.startsWith('DELETE /api/v1/hooks') ? 204 : 200, known])
  response.writeHead(status, { 'content-type': 'application/json' }).end(status === 204 ? undefined : JSON.stringify(body))
}
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await cli[Symbol.asyncDispose]()
})

function file(content: unknown): string {
  const path = join(cli.folder, 'file.json')
  writeFileSync(path, JSON.stringify(content))
  return path
}

describe('oak hook', () => {
  it('lists, and adds with the id alone as the result and the secret told once', async () => {
    expect((await cli.run('hook', 'list')).stdout).toMatch(/a{24} +audit +jobs +post_create +goes on +http:\/\/x\//)
    const options = ['--entity', 'jobs', '--on', 'pre_create, post_create', '--must-agree', '--timeout', '5s']
    const { stdout, stderr } = await cli.run('hook', 'add', 'audit', 'http://x/', ...options)
    expect(stdout).toBe(`${hook._id}\n`)
    expect(stderr).toContain('told once')
    const body = {
      hook_name: 'audit',
      webhook_url: 'http://x/',
      entity: 'jobs',
      events: ['pre_create', 'post_create'],
      on_failure: 'closed',
      timeout_ms: 5000,
    }
    expect(requests.at(-1)).toEqual(['POST /api/v1/hooks', body])
  })

  it('removes by name when somebody says yes', async () => {
    cli.answer = 'n'
    expect(await cli.run('hook', 'remove', 'audit')).toMatchObject({ code: 1 })
    expect(await cli.run('hook', 'remove', 'audit', '--yes')).toMatchObject({ code: 0 })
    expect(requests.at(-1)?.[0]).toBe(`DELETE /api/v1/hooks/${hook._id}`)
    expect(await cli.run('hook', 'remove', 'adit', '-y')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('did you mean "audit"?'),
    })
  })

  it('shows what failed with its reason, and tells it again', async () => {
    const { stdout } = await cli.run('hook', 'failed')
    expect(stdout).toMatch(/d{24} +audit +post_create +jobs 5 +failed +9 +then +nothing answers/)
    expect(requests.at(-1)?.[0]).toBe(`GET /api/v1/hooks/${hook._id}/deliveries?state=failed`)
    expect((await cli.run('hook', 'retry', 'audit')).stderr).toContain('1 are told again')
    expect((await cli.run('hook', 'retry', 'audit', failed.id)).code).toBe(0)
    expect(requests.at(-1)?.[0]).toContain(`/deliveries/${failed.id}/retry`)
  })

  it('ends with the words of root when it refuses', async () => {
    refusal = [422, { code: 422, status: 'Unprocessable Entity', message: 'events: expected a list' }]
    const refused = await cli.run('hook', 'add', 'audit', 'http://x/', '--entity', 'jobs', '--on', 'never')
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining('the hook was refused: events: expected a list') })
  })
})

describe('oak resource', () => {
  it('defines types out of files, lists and removes them', async () => {
    expect((await cli.run('resource', 'define', 'lamp', '-f', file({ type: 'object' }))).code).toBe(0)
    expect(requests.at(-1)).toEqual(['POST /api/v1/custom-resources', { resource_type: 'lamp', schema: { type: 'object' } }])
    expect((await cli.run('resource', 'types')).stdout).toContain('lamp')
    expect((await cli.run('resource', 'undefine', 'lamp', '-y')).stderr).toContain('the custom type lamp is removed')
  })

  it('lists objects with filters, and makes, shows, changes and deletes them', async () => {
    expect((await cli.run('resource', 'list', 'lamp', 'color=red', 'spec.size=3')).stdout).toMatch(/b{24} +Admin +2 +\{"color":"red"\}/)
    expect(requests.at(-1)?.[0]).toBe('GET /api/v1/custom-resources/lamp?color=red&spec.size=3')
    expect(await cli.run('resource', 'list', 'lamp', 'nonsense')).toMatchObject({ code: 2 })
    expect((await cli.run('resource', 'create', 'lamp', '-f', file({ color: 'red' }))).stdout).toBe(`${lamp._id}\n`)
    expect(JSON.parse((await cli.run('resource', 'inspect', 'lamp', lamp._id)).stdout)).toEqual(lamp)
    expect((await cli.run('resource', 'update', 'lamp', lamp._id, '-f', file({ color: 'blue' }))).stderr).toContain('version 2')
    expect(requests.at(-1)?.[1]).toEqual({ color: 'blue' })
    expect((await cli.run('resource', 'delete', 'lamp', lamp._id)).code).toBe(0)
  })
})
