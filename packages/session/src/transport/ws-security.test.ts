import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpsRequest } from 'node:https'
import { createServer as createTcpServer, type Server as TcpServer, connect as tcpConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls'
import { OakError, randomIds, realClock } from '@oakestra/base'
import { until, VirtualClock } from '@oakestra/base/testing'
import { type Authority, type ChildName, createJoinToken, loadIdentity, parseJoinToken } from '@oakestra/pki'
import { memoryAuthority, memoryIdentity } from '@oakestra/pki/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { joinParent } from './join-parent.ts'
import { FAST, parentOptions } from './testing/ws-under-test.ts'
import type { Channel, JoinRequest, Listener, ListenHandlers } from './transport.ts'
import { createWsChildTransport } from './ws-child-transport.ts'
import { createWsJoinTransport } from './ws-join-transport.ts'
import { createWsParentTransport, type WsParentOptions } from './ws-parent-transport.ts'

const NODE: ChildName = { kind: 'node', id: '0123456789abcdef01234567' }
const never = new AbortController().signal

let authority: Authority
const disposables: AsyncDisposable[] = []

beforeEach(async () => {
  authority = await memoryAuthority()
})

afterEach(async () => {
  for (const disposable of disposables.splice(0).reverse()) await disposable[Symbol.asyncDispose]()
})

async function listen(handlers: Partial<ListenHandlers> = {}, options: Partial<WsParentOptions> = {}) {
  const accepted: Channel[] = []
  const transport = createWsParentTransport({ ...(await parentOptions(authority)), ...options })
  const listener = await transport.listen({ onChannel: (channel) => void accepted.push(channel), ...handlers })
  disposables.push(listener)
  return { listener, accepted, address: `127.0.0.1:${listener.port}` }
}

async function connectAs(child: ChildName, address: string, from: { authority?: Authority; ca?: Authority } = {}) {
  const identity = { ...(await memoryIdentity(from.authority ?? authority, child)), caPem: (from.ca ?? authority).caPem }
  return createWsChildTransport({ addresses: () => [address], identity: () => identity, clock: realClock, ...FAST }).connect(never)
}

/** A plain HTTPS question without a certificate; resolves to the status. */
function ask(
  listener: Listener,
  options: { method?: string; path: string; body?: string | Buffer; headers?: Record<string, string> },
): Promise<number> {
  const { method = 'GET', path, body, headers = {} } = options
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      { host: '127.0.0.1', port: listener.port, method, path, headers, rejectUnauthorized: false, agent: false },
      (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      },
    )
    request.on('upgrade', () => reject(new Error('upgraded')))
    request.on('error', reject)
    request.end(body)
  })
}

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-version': '13',
  'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
}

describe('a session over TLS', () => {
  it.each(['/session', `/stream/${'0'.repeat(32)}`])('is refused without a certificate at %s', async (path) => {
    const { listener, accepted } = await listen()
    expect(await ask(listener, { path, headers: UPGRADE })).toBe(401)
    expect(accepted).toEqual([])
  })

  it('is refused with a certificate of another authority', async () => {
    const { address, accepted } = await listen()
    await expect(connectAs(NODE, address, { authority: await memoryAuthority() })).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(accepted).toEqual([])
  })

  it('is refused with the certificate of another kind of child', async () => {
    const { address } = await listen()
    const attempt = connectAs({ ...NODE, kind: 'cluster' }, address)
    await expect(attempt).rejects.toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('not for a cluster') })
    const root = await listen({}, { childKind: 'cluster' })
    await expect(connectAs(NODE, root.address)).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('is refused with a server certificate of the same authority', async () => {
    const { listener } = await listen()
    const { keyPem, certificatePem } = await authority.issueServer({ commonName: `node:${NODE.id}`, hosts: ['x'] })
    const ws = new WebSocket(`wss://127.0.0.1:${listener.port}/session`, { key: keyPem, cert: certificatePem, rejectUnauthorized: false })
    ws.on('error', () => undefined)
    const status = await new Promise((resolve) => ws.on('unexpected-response', (_request, response) => resolve(response.statusCode)))
    expect(status).toBe(401)
    ws.terminate()
  })

  it('is refused with an expired certificate', async () => {
    const { address } = await listen()
    const lateAuthority = await expiredIssuer()
    authority = lateAuthority.authority
    const { address: lateAddress } = await listen()
    await expect(connectAs(NODE, lateAddress, { authority: lateAuthority.past })).rejects.toMatchObject({ code: 'unauthenticated' })
    await expect(connectAs(NODE, address, { ca: await memoryAuthority() })).rejects.toMatchObject({ code: 'unauthenticated' })
  })

  it('is not opened to a parent of another authority, nor to a child that plays the parent', async () => {
    const { address } = await listen()
    const stranger = await memoryAuthority()
    await expect(connectAs(NODE, address, { authority: stranger, ca: stranger })).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('another authority vouches for it'),
    })
    const impostor = await memoryIdentity(authority, { kind: 'node', id: 'fedcba9876543210fedcba98' })
    const credentials = async () => ({ keyPem: impostor.keyPem, certificatePem: impostor.certificatePem + authority.caPem })
    const fake = await listen({}, { credentials })
    await expect(connectAs(NODE, fake.address)).rejects.toMatchObject({ code: 'unauthenticated' })
    const misnamed = await authority.issueServer({ commonName: 'api', hosts: ['127.0.0.1', 'api.example'] })
    const other = await listen({}, { credentials: async () => misnamed })
    await expect(connectAs(NODE, other.address)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: expect.stringContaining('not that of a parent'),
    })
  })

  it('needs TLS 1.3', async () => {
    const { listener } = await listen()
    const socket = tlsConnect({ host: '127.0.0.1', port: listener.port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
    await expect(new Promise((_resolve, reject) => socket.on('error', reject))).rejects.toThrow()
  })

  it('closes on binary, on too large and on fragmented rubbish, and leaves others alone', async () => {
    const { address, accepted, listener } = await listen({ onChannel: listening })
    function listening(channel: Channel) {
      accepted.push(channel)
      channel.onMessage(() => undefined)
    }
    const bystander = await connectAs({ kind: 'node', id: 'fedcba9876543210fedcba98' }, address)
    const identity = await memoryIdentity(authority, NODE)
    for (const rubbish of [Buffer.from([1, 2, 3]), 'x'.repeat(5 * 1024 * 1024)]) {
      const ws = new WebSocket(`wss://127.0.0.1:${listener.port}/session`, {
        key: identity.keyPem,
        cert: identity.certificatePem,
        rejectUnauthorized: false,
      })
      ws.on('error', () => undefined)
      await new Promise((resolve) => ws.on('open', resolve))
      ws.send(rubbish)
      await new Promise((resolve) => ws.on('close', resolve))
    }
    const heard: string[] = []
    bystander.onMessage((text) => void heard.push(text))
    accepted[0]?.send('still here')
    await until('the bystander hears', () => heard.length === 1)
  })
})

/** Two views of one authority: one that issues now, and one that issued more than a year ago. */
async function expiredIssuer() {
  const long = new VirtualClock(realClock.wallMs() - 800 * 86_400_000)
  const past = await memoryAuthority({ clock: long })
  const issueServer: Authority['issueServer'] = async (request) => {
    long.jumpWall(800 * 86_400_000)
    const credentials = await past.issueServer(request)
    long.jumpWall(-800 * 86_400_000)
    return credentials
  }
  return { past, authority: { ...past, issueServer } }
}

describe('the door of a parent', () => {
  it('shows nothing but its three paths', async () => {
    const { listener } = await listen({ admit: () => Promise.reject(new OakError('forbidden', 'no')) })
    for (const path of ['/', '/session', '/join', '/metrics', '/stream/x']) expect(await ask(listener, { path })).toBe(404)
    for (const path of ['/', '/join', '/session/', '/session?x', '/stream/', '/stream/x', `/stream/${'0'.repeat(33)}`]) {
      expect(await ask(listener, { path, headers: UPGRADE })).toBe(404)
    }
  })

  it('survives rubbish instead of TLS, HTTP and WebSocket', async () => {
    const { listener, address } = await listen()
    const raw = tcpConnect(listener.port, '127.0.0.1')
    raw.on('error', () => undefined)
    raw.end('GET / HTTP/1.1\r\n\r\n')
    await new Promise((resolve) => raw.resume().on('close', resolve))
    const identity = await memoryIdentity(authority, NODE)
    const secrets = {
      key: identity.keyPem,
      cert: identity.certificatePem,
      rejectUnauthorized: false,
      host: '127.0.0.1',
      port: listener.port,
    }
    for (const text of [
      '\0\x01\x02\r\n\r\n',
      'GET /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'GET /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nSec-WebSocket-Version: 1\r\n\r\nrubbish',
      `GET /session HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    ]) {
      const socket: TLSSocket = tlsConnect(secrets, () => void socket.end(text))
      socket.on('error', () => undefined)
      await new Promise((resolve) => socket.resume().on('close', resolve))
    }
    const hasty: TLSSocket = tlsConnect(secrets, () => {
      hasty.write(
        `GET /session HTTP/1.1\r\nHost: x\r\n${Object.entries(UPGRADE)
          .map(([key, value]) => `${key}: ${value}\r\n`)
          .join('')}\r\n`,
      )
      hasty.destroy()
    })
    hasty.on('error', () => undefined)
    await new Promise((resolve) => hasty.on('close', resolve))
    const channel = await connectAs({ ...NODE, id: 'fedcba9876543210fedcba98' }, address)
    channel.close('done')
  })

  it('lets few strangers stand around, and none of them in the way of children inside', async () => {
    const { listener, address, accepted } = await listen({}, { strangersMax: 3 })
    const child = await connectAs(NODE, address)
    await until('the child is in', () => accepted.length === 1)
    const strangers = Array.from({ length: 6 }, () => tcpConnect(listener.port, '127.0.0.1').on('error', () => undefined))
    await until('the surplus is turned away', () => strangers.filter((socket) => socket.resume().closed).length === 3)
    const heard: string[] = []
    child.onMessage((text) => void heard.push(text))
    accepted[0]?.send('hello')
    await until('the child hears', () => heard.length === 1)
    for (const socket of strangers) socket.destroy()
    await until('there is room again', async () => {
      const late = await connectAs({ ...NODE, id: 'fedcba9876543210fedcba98' }, address)
      late.close('done')
      return true
    })
  })

  it('loses patience with strangers who say nothing, or half of something', async () => {
    const { listener, address, accepted } = await listen(
      { admit: () => Promise.reject(new OakError('forbidden', 'no')) },
      { patienceMs: 200 },
    )
    const child = await connectAs(NODE, address)
    const silent = tcpConnect(listener.port, '127.0.0.1')
    const halves = [
      '',
      'GET /session HT',
      'GET /session HTTP/1.1\r\nHost: x\r\n',
      'POST /join HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"kind"',
    ]
    const sockets = halves.map((text) => {
      const socket: TLSSocket = tlsConnect(
        { host: '127.0.0.1', port: listener.port, rejectUnauthorized: false },
        () => void socket.write(text),
      )
      return socket
    })
    for (const socket of [silent, ...sockets]) socket.on('error', () => undefined).resume()
    await until('all of them are gone', () => [silent, ...sockets].every((socket) => socket.closed))
    const heard: string[] = []
    child.onMessage((text) => void heard.push(text))
    accepted[0]?.send('you may stay')
    await until('the child hears', () => heard.length === 1)
  })

  it('uses a renewed server certificate for those who come later', async () => {
    const clock = new VirtualClock(realClock.wallMs())
    let credentials = await authority.issueServer({ commonName: 'first', hosts: ['oakestra-parent'] })
    const { listener } = await listen({}, { credentials: async () => credentials, clock })
    const name = () =>
      new Promise<unknown>((resolve) => {
        const socket = tlsConnect({ host: '127.0.0.1', port: listener.port, rejectUnauthorized: false }, () => {
          resolve(socket.getPeerX509Certificate()?.subject)
          socket.destroy()
        })
      })
    expect(await name()).toBe('CN=first')
    credentials = await authority.issueServer({ commonName: 'second', hosts: ['oakestra-parent'] })
    await clock.advance(13 * 3_600_000)
    await until('the new one is shown', async () => (await name()) === 'CN=second')
  })

  it('says when its port is taken', async () => {
    const { listener } = await listen()
    await expect(listen({}, { port: listener.port })).rejects.toMatchObject({ code: 'port-in-use', details: { port: listener.port } })
  })
})

describe('joining over TLS', () => {
  const REQUEST: JoinRequest = { tokenId: NODE.id, secret: 'TOP-SECRET', kind: 'node', name: 'n1', csrPem: 'csr' }
  const joinAt = (address: string, caHash: string) =>
    createWsJoinTransport({ token: { addresses: [address], caHash }, clock: realClock }).join(REQUEST, never)

  it('sends no secret to a parent with another key than the token names', async () => {
    const requests: JoinRequest[] = []
    const { address } = await listen({
      admit: async (request) => ({ id: String(requests.push(request)), certificatePem: 'x', caPem: 'x' }),
    })
    await expect(joinAt(address, (await memoryAuthority()).caHash)).rejects.toMatchObject({ code: 'unauthenticated' })
    expect(requests).toEqual([])
  })

  it('sends no secret to somebody who shows the right authority without being vouched for', async () => {
    const stranger = await memoryAuthority()
    const own = await stranger.issueServer({ commonName: 'x', hosts: ['oakestra-parent'] })
    const leafPem = own.certificatePem.slice(0, -stranger.caPem.length)
    const child = await memoryIdentity(authority, NODE)
    for (const forged of [
      { key: own.keyPem, cert: leafPem + authority.caPem },
      { key: child.keyPem, cert: child.certificatePem + authority.caPem },
    ]) {
      const received: string[] = []
      const server = createTlsServer(forged, (socket) => {
        socket.on('error', () => undefined)
        socket.on('data', (chunk) => void received.push(chunk.toString()))
      })
      server.on('tlsClientError', () => undefined)
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      await expect(joinAt(`127.0.0.1:${port}`, authority.caHash)).rejects.toMatchObject({ code: 'unauthenticated' })
      expect(received.join('')).toBe('')
      server.close()
    }
  })

  it('finds the parent at the second address when the first is dead', async () => {
    const { address } = await listen({ admit: async () => ({ id: NODE.id, certificatePem: 'x', caPem: 'x' }) })
    const transport = createWsJoinTransport({ token: { addresses: ['127.0.0.1:1', address], caHash: authority.caHash }, clock: realClock })
    expect(await transport.join(REQUEST, never)).toMatchObject({ id: NODE.id, caPem: authority.caPem })
  })

  it('refuses a body that is too large or rubbish', async () => {
    const { listener } = await listen({ admit: async () => ({ id: NODE.id, certificatePem: 'x', caPem: 'x' }) })
    const headers = { 'transfer-encoding': 'chunked' }
    expect(await ask(listener, { method: 'POST', path: '/join', body: Buffer.alloc(20_000, 'x') })).toBe(413)
    expect(await ask(listener, { method: 'POST', path: '/join', body: Buffer.alloc(20_000, 'x'), headers })).toBe(413)
    for (const body of ['', '{', '[]', 'null', '{"kind":"node"}', JSON.stringify({ ...REQUEST, csrPem: 7 })]) {
      expect(await ask(listener, { method: 'POST', path: '/join', body })).toBe(400)
    }
  })

  it('slows down who guesses', async () => {
    const { listener, address } = await listen({
      admit: () => Promise.reject(new OakError('forbidden', 'the parent does not know this join token')),
    })
    for (let count = 0; count < 10; count += 1) await expect(joinAt(address, authority.caHash)).rejects.toMatchObject({ code: 'forbidden' })
    await expect(joinAt(address, authority.caHash)).rejects.toMatchObject({ code: 'resource-exhausted', retryable: true })
    expect(await ask(listener, { method: 'POST', path: '/join', body: JSON.stringify(REQUEST) })).toBe(429)
  })

  it('can be called off, and gives up in time, while a parent says nothing', async () => {
    const silent = await new Promise<TcpServer>((resolve) => {
      const server = createTcpServer().listen(0, '127.0.0.1', () => resolve(server))
    })
    disposables.push({ [Symbol.asyncDispose]: async () => void silent.close() })
    const address = silent.address()
    const addresses = [`127.0.0.1:${typeof address === 'object' ? address?.port : 0}`]
    const stop = new AbortController()
    const token = { addresses, caHash: authority.caHash }
    const attempt = createWsJoinTransport({ token, clock: realClock }).join(REQUEST, stop.signal)
    stop.abort()
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' })
    await expect(createWsJoinTransport({ token, clock: realClock, timeoutMs: 50 }).join(REQUEST, never)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('within 50 ms'),
    })
  })

  it('gives a child an identity with which it connects, and the same one when it asks again', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'oak-join-'))
    disposables.push({ [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) })
    const { address, accepted } = await listen({
      admit: async ({ kind, csrPem }) => ({
        id: NODE.id,
        certificatePem: authority.issueClient({ kind, id: NODE.id, csrPem }),
        caPem: 'ignored',
      }),
    })
    const wish = { kind: 'node', caHash: authority.caHash, addresses: [address], expiresAtMs: realClock.wallMs() + 60_000 } as const
    const token = parseJoinToken(createJoinToken(wish, randomIds).token, { kind: 'node', nowMs: realClock.wallMs() })
    const transport = createWsJoinTransport({ token, clock: realClock })
    const identity = await joinParent({ transport, token, name: 'n1', dir, signal: never })
    expect(await loadIdentity(dir)).toEqual(identity)
    const again = await joinParent({ transport, token, name: 'n1', dir, signal: never })
    expect(again.keyPem).toBe(identity.keyPem)
    const channel = await createWsChildTransport({ addresses: () => [address], identity: () => again, clock: realClock }).connect(never)
    await until('it is in', () => accepted[0]?.peer.id === NODE.id)
    channel.close('done')
  })
})
