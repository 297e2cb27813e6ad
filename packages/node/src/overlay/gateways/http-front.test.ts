import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Disposal, silentLogger } from '@oakestra/base'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createHttpFront } from './http-front.ts'

let owned: Disposal
let front: number
let service: number

beforeEach(async () => {
  owned = new Disposal()
  const server = createServer((asked, answer) => answer.end(`${asked.headers.host} ${asked.headers['x-forwarded-for']} ${asked.url}`))
  server.on('upgrade', (_asked, socket) =>
    socket.end('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\nhello'),
  )
  service = await listening(server)
  owned.defer(() => new Promise<void>((done) => server.close(() => done())))
  front = await freePort()
  const routes = new Map([
    ['shop.example', { serviceId: 'shop', address: '127.0.0.1', port: service }],
    ['gone.example', { serviceId: 'gone', address: '127.0.0.1', port: await freePort() }],
  ])
  owned.use(await createHttpFront(silentLogger)(front, (host) => routes.get(host)))
})
afterEach(() => owned[Symbol.asyncDispose]())

async function listening(server: Server): Promise<number> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise<void>((done) => server.close(() => done()))
  return port
}

function ask(host: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((done, fail) => {
    const asked = request({ port: front, host: '127.0.0.1', path: '/a?b', headers: { host, ...headers } }, (answer) => {
      answer.setEncoding('utf8')
      let text = `${answer.statusCode} `
      answer.on('data', (piece: string) => {
        text += piece
      })
      answer.on('end', () => done(text))
    })
    asked.on('upgrade', (answer, socket, head) => {
      socket.destroy()
      done(`${answer.statusCode} ${head.toString()}`)
    })
    asked.on('error', fail)
    asked.end()
  })
}

it('sends requests on by their host name, however it is written, and says who asked', async () => {
  expect(await ask('shop.example')).toMatch(/^200 shop\.example .*127\.0\.0\.1 \/a\?b$/)
  expect(await ask(`SHOP.example.:${front}`)).toMatch(/^200 /)
})

it('says when there is no such host, and when its service does not answer', async () => {
  expect(await ask('other.example')).toMatch(/^404 /)
  expect(await ask('gone.example')).toMatch(/^502 /)
})

it('sends web sockets on', async () => {
  expect(await ask('shop.example', { connection: 'Upgrade', upgrade: 'websocket' })).toMatch(/^101 /)
})

it('refuses a port that a program has', async () => {
  await expect(createHttpFront(silentLogger)(front, () => undefined)).rejects.toMatchObject({ code: 'port-in-use' })
})
