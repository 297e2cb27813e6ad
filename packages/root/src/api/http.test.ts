import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ApiFixture, createApiFixture } from './testing/api-fixture.ts'
import { expectError, sla } from './testing/documents.ts'

let fixture: ApiFixture
beforeEach(async () => {
  fixture = await createApiFixture()
})
afterEach(() => fixture[Symbol.asyncDispose]())

const TEN_MIB = 10 * 1024 * 1024

async function listening(): Promise<{ readonly port: number }> {
  await fixture.api.listen({ host: '127.0.0.1', port: 0 })
  return fixture.api.server.address() as AddressInfo
}

/** Sends bytes and gives all that comes back until the other end closes. A reset before the answer fails. */
function speak(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let text = ''
    socket.on('data', (part: Buffer) => (text += part.toString()))
    socket.once('error', reject).once('close', () => resolve(text))
    for (const part of parts) socket.write(part)
  })
}

describe('bad input', () => {
  const raw = async (payload: string | Buffer, type = 'application/json') =>
    fixture.api.inject({
      method: 'POST',
      url: '/api/application',
      payload,
      headers: { 'content-type': type, authorization: `Bearer ${await fixture.tokenOf('Admin')}` },
    })

  test('that is no JSON is refused with the reason', async () => {
    expectError(await raw('{"a":'), 400, 'not valid JSON')
    expectError(await raw(Buffer.from([0xff, 0xfe, 0x00, 0x01])), 400, 'not valid JSON')
    expectError(await raw(''), 400, 'needs a JSON body')
    expectError(await raw('"text"'), 422, 'expected a deployment document')
    expectError(await raw('null'), 422, 'expected a deployment document')
    expectError(await raw('{"__proto__": {"admin": true}}'), 400, '__proto__')
    expectError(await raw('{"\\u005f_proto__": {"admin": true}}'), 400, '__proto__')
    expectError(await raw('['.repeat(500_000)), 400, 'not valid JSON')
  })

  test('is read whatever type it claims', async () => {
    expect((await raw(JSON.stringify(sla('a')), 'text/plain')).statusCode).toBe(200)
  })

  test('that is too large is refused, and the root goes on', async () => {
    expectError(await raw('x'.repeat(10 * 1024 * 1024)), 413, 'too large')
    expect((await fixture.api.inject('/api/status')).json()).toEqual({ version: '1.2.3', ready: true })
  })

  test('that is too large is answered also over a connection that closes', async () => {
    const { port } = await listening()
    const head = `POST /api/application HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${TEN_MIB}\r\nauthorization: Bearer `
    const answer = await speak(port, `${head}${await fixture.tokenOf('Admin')}\r\n\r\n`, Buffer.alloc(TEN_MIB, 'x'))
    expect(answer).toMatch(/^HTTP\/1.1 413 [^]*"message":"the body is too large: 2097152 bytes are taken"/)
    expect(await speak(port, head.replace('Bearer', 'nobody') + '\r\n\r\n', Buffer.alloc(TEN_MIB, 'x'))).toMatch(/^HTTP\/1.1 401 /)
  })

  test('that is no HTTP is answered like every other refusal', async () => {
    const { port } = await listening()
    const body = '{"code":400,"status":"Bad Request","message":"this is not HTTP"}'
    expect(await speak(port, '\0\x01garbage\r\n\r\n')).toMatch(new RegExp(`^HTTP/1.1 400 [^]*\r\n\r\n${body}$`))
    expect(await speak(port, `GET /${'x'.repeat(100_000)} HTTP/1.1\r\n`)).toMatch(
      /^HTTP\/1.1 431 [^]*"the header of the request is too large"/,
    )
  })

  test('in an address is refused', async () => {
    expectError(await fixture.call('GET', '/api/service/%E0%A4%A'), 400, 'not well-formed')
    expectError(await fixture.call('GET', '/api/nothing/here'), 404, 'there is nothing at GET /api/nothing/here')
    expectError(await fixture.call('DELETE', '/api/clusters'), 404, 'there is nothing')
  })

  test('of any kind never makes the root fail inside', async () => {
    const bodies = fc.oneof(
      fc.json(),
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify({ ...sla('x'), applications: value })),
    )
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const answer = await raw(body)
        expect(answer.statusCode).toBeLessThan(500)
        if (answer.statusCode !== 200)
          expect(answer.json()).toMatchObject({ code: answer.statusCode, status: expect.any(String), message: expect.any(String) })
      }),
      { numRuns: 100 },
    )
    expect(fixture.logger.lines).toEqual([])
  })
})

test('a failure inside is logged, and told without its text', async () => {
  await fixture[Symbol.asyncDispose]()
  fixture = await createApiFixture({
    nodes: {
      ...fixture.deps.nodes,
      list: async () => {
        throw new Error('secret path /var/lib')
      },
    },
  })
  const answer = await fixture.call('GET', '/api/nodes')
  expectError(answer, 500, 'failed inside')
  expect(answer.body).not.toContain('secret')
  const requestId = /request ([0-9a-f]{24})/.exec(answer.json().message)?.[1]
  expect(fixture.logger.lines).toMatchObject([{ level: 'error', fields: { requestId } }])
})

describe('pages of other origins', () => {
  const ask = (origin: string, of = fixture) => of.api.inject({ url: '/api/applications', headers: { host: 'oak.test:10000', origin } })
  const echo = async (origin: string, of = fixture) => (await ask(origin, of)).headers['access-control-allow-origin']

  test('may call from the same host: origin and headers are echoed', async () => {
    const headers = {
      host: 'oak.test:10000',
      origin: 'http://oak.test',
      'access-control-request-method': 'DELETE',
      'access-control-request-headers': 'authorization,x-any',
    }
    const preflight = await fixture.api.inject({ method: 'OPTIONS', url: '/api/service/x', headers })
    expect(preflight.statusCode).toBeLessThan(300)
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': 'http://oak.test',
      'access-control-allow-headers': 'authorization,x-any',
      'access-control-allow-methods': expect.stringContaining('DELETE'),
    })
    expect(await echo('https://oak.test:8443')).toBe('https://oak.test:8443')
  })

  test.each(['http://elsewhere.test', 'null', 'http://oak.test.evil.test', 'nonsense'])('are not told: %s', async (origin) => {
    expect(await echo(origin)).toBeUndefined()
    expect((await ask(origin)).headers['vary']).toContain('Origin')
  })

  test('may be named, or all let in as upstream does', async () => {
    await using named = await createApiFixture({ origins: ['https://ui.test'] })
    expect([await echo('https://ui.test', named), await echo('http://oak.test', named)]).toEqual(['https://ui.test', undefined])
    await using any = await createApiFixture({ origins: ['*'] })
    expect(await echo('http://elsewhere.test', any)).toBe('http://elsewhere.test')
  })
})
