import http from 'node:http'
import net from 'node:net'
import { until, VirtualClock } from '@oakestra/base/testing'
import { createFakeRuntime, FakeMachine } from '@oakestra/runtime/testing'
import { afterEach, describe, expect, it } from 'vitest'
import { createProber } from './create-prober.ts'
import type { HealthCheck, ProbeAnswer } from './prober.ts'

const machine = new FakeMachine()
const prober = createProber(createFakeRuntime({ machine, clock: new VirtualClock() }))
const never = new AbortController().signal
const servers: net.Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    if (server instanceof http.Server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function portOf(server: net.Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

function ask(probe: HealthCheck['probe'], signal = never): Promise<ProbeAnswer> {
  return prober.probe({ instanceId: 'a', address: '127.0.0.1', probe, timeoutMs: 1_000 }, signal)
}

const answering = (listener: http.RequestListener) => portOf(http.createServer(listener))
const withStatus = (status: number) => answering((_request, response) => response.writeHead(status, { location: '/elsewhere' }).end())

describe('a check over HTTP', () => {
  it.each([200, 204, 302, 399])('finds %i good', async (status) => {
    expect(await ask({ kind: 'http', port: await withStatus(status), path: '/' })).toEqual({ answer: 'good' })
  })

  it.each([400, 404, 500, 503])('finds %i bad', async (status) => {
    const answer = await ask({ kind: 'http', port: await withStatus(status), path: '/' })
    expect(answer).toEqual({ answer: 'bad', reason: `it answered with status ${status}` })
  })

  it('asks for the path with a GET, once, and leaves no connection open', async () => {
    const asked: string[] = []
    const server = http.createServer(({ method, url }, response) => void (asked.push(`${method} ${url}`), response.end('ok')))
    await ask({ kind: 'http', port: await portOf(server), path: '/health?deep=1' })
    expect(asked).toEqual(['GET /health?deep=1'])
    await until('the connection is closed', () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count === 0))))
  })

  it('does not wait for the end of an answer that has none', async () => {
    const server = http.createServer((_request, response) => void response.writeHead(200).write('x'))
    expect(await ask({ kind: 'http', port: await portOf(server), path: '/' })).toEqual({ answer: 'good' })
    await until('the connection is closed', () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count === 0))))
  })

  it.each([
    ['says nothing and hangs up', '', 'it broke the connection off'],
    ['says something else', 'SSH-2.0-hello\r\n', 'Parse Error'],
    ['has too many headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}\r\n`, 'its answer has too many headers'],
    ['wants another protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'another protocol'],
  ])('finds a server bad that %s', async (_name, text, reason) => {
    const port = await portOf(
      net.createServer((socket) => {
        socket.on('error', () => undefined)
        socket.on('data', () => socket.end(text))
      }),
    )
    const answer = await ask({ kind: 'http', port, path: '/' })
    expect(answer).toMatchObject({ answer: 'bad', reason: expect.stringContaining(reason) })
  })

  it('finds a port bad that nobody listens on, and a path that cannot be asked for', async () => {
    const port = await withStatus(200)
    expect(await ask({ kind: 'http', port, path: '/ö ä' })).toMatchObject({ answer: 'bad' })
    const server = servers.pop()
    await new Promise((resolve) => server?.close(resolve))
    expect(await ask({ kind: 'http', port, path: '/' })).toEqual({ answer: 'bad', reason: `nothing listens on port ${port}` })
  })

  it('is called off, which says nothing about the instance', async () => {
    const server = http.createServer(() => undefined)
    const stop = new AbortController()
    const answer = ask({ kind: 'http', port: await portOf(server), path: '/' }, stop.signal)
    await until('it is asked', () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count === 1))))
    stop.abort()
    expect(await answer).toMatchObject({ answer: 'unknown' })
    await until('the connection is closed', () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count === 0))))
  })
})

describe('a check over TCP', () => {
  it('finds a port good that accepts connections, and bad that does not', async () => {
    const server = net.createServer((socket) => void socket.on('error', () => undefined).resume())
    const port = await portOf(server)
    expect(await ask({ kind: 'tcp', port })).toEqual({ answer: 'good' })
    await until('the connection is closed', () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count === 0))))
    servers.pop()
    await new Promise((resolve) => server.close(resolve))
    expect(await ask({ kind: 'tcp', port })).toEqual({ answer: 'bad', reason: `nothing listens on port ${port}` })
  })
})

describe('a check by a command', () => {
  const command = (): Promise<ProbeAnswer> => ask({ kind: 'command', command: ['/bin/check'] })
  const running = () =>
    machine.run({
      id: 'a',
      revision: 1,
      labels: {},
      image: 'fake://run',
      command: [],
      environment: [],
      hostname: 'a',
      limits: {},
      privileged: false,
      netnsPath: '/fake',
      mounts: [],
      stdoutPath: '/fake',
      stderrPath: '/fake',
    })

  it('follows the exit code, and shows the first line of what it printed', async () => {
    running()
    machine.answerExec = () => ({ exitCode: 0, output: 'fine' })
    expect(await command()).toEqual({ answer: 'good' })
    machine.answerExec = () => ({ exitCode: 3, output: `no database ${'x'.repeat(500)}\nmore` })
    expect(await command()).toEqual({ answer: 'bad', reason: `its command exited with code 3: no database ${'x'.repeat(108)}` })
  })

  it('says nothing about an instance that could not be asked', async () => {
    running()
    machine.beforeAct = () => {
      throw new Error('containerd is away')
    }
    expect(await command()).toEqual({ answer: 'unknown', reason: 'containerd is away' })
    machine.beforeAct = () => undefined
    machine.exit('a', 0)
    expect(await command()).toMatchObject({ answer: 'unknown' })
  })
})
