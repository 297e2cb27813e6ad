import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { connect, createServer, type Server } from 'node:net'
import { realClock, silentLogger } from '@oakestra/base'
import { seededRandom } from '@oakestra/base/testing'
import dnsPacket, { type Packet } from 'dns-packet'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { answerQuery } from './answer.ts'
import { framed, MessageReader } from './forwarder.ts'
import { createResponder, type Responder } from './responder.ts'
import { web } from './testing/sample-service.ts'
import { createZone, type Zone } from './zone.ts'

let responder: Responder
let zone: Zone
let others: readonly string[]
let elsewhere: Elsewhere
let resolver: Resolver

beforeEach(async () => {
  zone = createZone([web])
  elsewhere = await Elsewhere.open()
  others = ['127.0.0.1']
  responder = await createResponder({
    addresses: ['127.0.0.1', '::1'],
    port: 0,
    zone: () => zone,
    forwardTo: () => others,
    forwardPort: elsewhere.port,
    clock: realClock,
    random: seededRandom(1),
    logger: silentLogger,
  })
  resolver = new Resolver({ timeout: 3_000, tries: 1 })
  resolver.setServers([`127.0.0.1:${responder.port}`])
})

afterEach(async () => {
  await responder[Symbol.asyncDispose]()
  await elsewhere[Symbol.asyncDispose]()
})

describe('a question about a name of the overlay', () => {
  it('is answered with the addresses, in any case of letters', async () => {
    expect(await resolver.resolve4('Web.PROD.shop.live.oak')).toEqual(['10.30.0.1'])
    expect(await resolver.resolve6('web.prod.shop.live.oak')).toEqual(['fdff:2000::1'])
    expect(await resolver.reverse('10.30.0.2')).toEqual(['3.web.prod.shop.live.oak'])
    expect(await resolver.reverse('fdff:2000::1')).toEqual(['web.prod.shop.live.oak'])
  })

  it('is answered over IPv6 and over TCP as well', async () => {
    resolver.setServers([`[::1]:${responder.port}`])
    expect(await resolver.resolve4('web.prod.shop.live.oak')).toEqual(['10.30.0.1'])
    expect(await askByStream({ type: 'A', name: '3.web.prod.shop.live.oak' })).toMatchObject({ answers: [{ data: '10.30.0.2' }] })
  })

  it('tells a name without such an address from no name at all', async () => {
    await expect(resolver.resolve6('closest.web.prod.shop.live.oak')).rejects.toMatchObject({ code: 'ENODATA' })
    await expect(resolver.resolve4('api.prod.shop.live.oak')).rejects.toMatchObject({ code: 'ENOTFOUND' })
    await expect(resolver.reverse('10.30.99.99')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  it('is never passed on to others', async () => {
    await resolver.resolve4('nobody.oak').catch(() => undefined)
    await resolver.reverse('10.30.99.99').catch(() => undefined)
    await resolver.reverse('fd00::1').catch(() => undefined)
    expect(elsewhere.asked).toEqual([])
  })

  it('is answered by the tables as they are now', async () => {
    zone = createZone([])
    await expect(resolver.resolve4('web.prod.shop.live.oak')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })
})

describe('a question about any other name', () => {
  it("is answered by the machine's resolvers", async () => {
    expect(await resolver.resolve4('example.test')).toEqual(['192.0.2.7'])
    expect(elsewhere.asked).toEqual(['example.test'])
    expect(await askByStream({ type: 'A', name: 'example.test' })).toMatchObject({ answers: [{ data: '192.0.2.7' }] })
  })

  it('goes to the next resolver when one does not answer', async () => {
    others = ['127.0.0.77', '127.0.0.1']
    expect(await resolver.resolve4('example.test')).toEqual(['192.0.2.7'])
  })

  it('fails at once where there is nobody to ask', async () => {
    others = []
    await expect(resolver.resolve4('example.test')).rejects.toMatchObject({ code: 'ESERVFAIL' })
  })
})

describe('bytes that are no question', () => {
  it('are met without an error, whatever they are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void answerQuery(bytes, zone)))
  })

  it('do not stop the answers to others', async () => {
    const socket = createSocket('udp4')
    for (let size = 0; size < 64; size += 1) socket.send(Buffer.alloc(size, size), responder.port, '127.0.0.1')
    const stream = connect(responder.port, '127.0.0.1')
    stream.on('error', () => undefined)
    stream.write(Buffer.alloc(5_000, 1))
    expect(await resolver.resolve4('web.prod.shop.live.oak')).toEqual(['10.30.0.1'])
    stream.destroy()
    socket.close()
  })

  it('that look like an answer are dropped, for two responders would talk for ever', () => {
    const answer = dnsPacket.encode({ type: 'response', id: 1, questions: [{ type: 'A', name: 'web.prod.shop.live.oak' }] })
    expect(answerQuery(answer, zone)).toBe('drop')
  })
})

it('says so when the port is taken', async () => {
  const options = { forwardTo: () => [], clock: realClock, random: seededRandom(1), logger: silentLogger, zone: () => zone }
  await expect(createResponder({ ...options, addresses: ['127.0.0.1'], port: responder.port })).rejects.toMatchObject({
    code: 'port-in-use',
  })
})

function askByStream(question: { type: 'A'; name: string }): Promise<Packet> {
  const socket = connect(responder.port, '127.0.0.1')
  const reader = new MessageReader()
  socket.write(framed(dnsPacket.encode({ type: 'query', id: 7, flags: dnsPacket.RECURSION_DESIRED, questions: [question] })))
  return new Promise((resolve, reject) => {
    socket.on('error', reject)
    socket.on('data', (bytes: Buffer) => {
      const [message] = reader.push(bytes)
      if (!message) return
      socket.destroy()
      resolve(dnsPacket.decode(message))
    })
  })
}

/** A resolver of the world outside, who knows one address for everything. */
class Elsewhere implements AsyncDisposable {
  readonly asked: string[] = []
  readonly #server: Server
  readonly #socket = createSocket('udp4')

  private constructor() {
    this.#server = createServer((stream) => {
      const reader = new MessageReader()
      stream.on('data', (bytes: Buffer) => {
        for (const query of reader.push(bytes)) stream.write(framed(this.#answer(query)))
      })
    })
  }

  static async open(): Promise<Elsewhere> {
    const elsewhere = new Elsewhere()
    await new Promise<void>((resolve) => elsewhere.#server.listen(0, '127.0.0.1', resolve))
    await new Promise<void>((resolve) => elsewhere.#socket.bind(elsewhere.port, '127.0.0.1', resolve))
    elsewhere.#socket.on('message', (query, from) => elsewhere.#socket.send(elsewhere.#answer(query), from.port, from.address))
    return elsewhere
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  #answer(bytes: Buffer): Buffer {
    const { id = 0, questions = [] } = dnsPacket.decode(bytes)
    this.asked.push(...questions.map(({ name }) => name))
    const answers = questions.map(({ name }) => ({ type: 'A' as const, name, data: '192.0.2.7' }))
    return dnsPacket.encode({ type: 'response', id, questions, answers })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
