import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import type { Clock, Random } from '@oakestra/base'

// What the machine's own resolver does (resolv.conf(5)): two servers are better than a long wait for one.
const ATTEMPT_MS = 2_000
const SERVERS_MAX = 3
// Questions to others that wait at one time; an instance that asks more only hurts itself and its neighbours.
const WAITING_MAX = 256
// RFC 1035 4.2.2: a length of two bytes.
const TCP_MESSAGE_MAX = 65_535

export interface ForwarderOptions {
  /** Addresses of resolvers, best first. */
  readonly servers: () => readonly string[]
  readonly port?: number
  readonly clock: Clock
  readonly random: Random
}

/** Asks other resolvers and passes on what they say, word for word. */
export class Forwarder {
  readonly #options: ForwarderOptions
  #waiting = 0

  constructor(options: ForwarderOptions) {
    this.#options = options
  }

  /** @returns undefined when nobody answered, or too many questions wait already */
  async ask(query: Buffer, transport: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    if (this.#waiting >= WAITING_MAX || query.length < 12) return undefined
    this.#waiting += 1
    try {
      for (const server of this.#options.servers().slice(0, SERVERS_MAX)) {
        const answer = await (transport === 'udp' ? this.#byDatagram(query, server) : this.#byStream(query, server))
        if (answer) return answer
      }
      return undefined
    } finally {
      this.#waiting -= 1
    }
  }

  /** A port and an id of its own for each question: whoever wants to answer in another's name must guess both (RFC 5452). */
  #byDatagram(query: Buffer, server: string): Promise<Buffer | undefined> {
    const { clock, random, port = 53 } = this.#options
    const socket = createSocket(isIPv6(server) ? 'udp6' : 'udp4')
    const id = Math.floor(random.next() * 0x10000)
    return new Promise((resolve) => {
      const end = (answer: Buffer | undefined) => {
        timer.cancel()
        socket.removeAllListeners().on('error', () => undefined)
        socket.close()
        resolve(answer)
      }
      const timer = clock.after(ATTEMPT_MS, () => end(undefined))
      socket.on('error', () => end(undefined))
      socket.on('message', (answer) => {
        if (answer.length >= 12 && answer.readUInt16BE(0) === id) end(withId(answer, query.readUInt16BE(0)))
      })
      socket.connect(port, server, () => socket.send(withId(query, id)))
    })
  }

  #byStream(query: Buffer, server: string): Promise<Buffer | undefined> {
    const { clock, port = 53 } = this.#options
    const socket = connect({ host: server, port })
    const reader = new MessageReader()
    return new Promise((resolve) => {
      const end = (answer: Buffer | undefined) => {
        timer.cancel()
        socket.destroy()
        resolve(answer)
      }
      const timer = clock.after(ATTEMPT_MS, () => end(undefined))
      socket.on('error', () => end(undefined))
      socket.on('close', () => end(undefined))
      socket.on('connect', () => socket.write(framed(query)))
      socket.on('data', (bytes: Buffer) => {
        const [answer] = reader.push(bytes)
        if (answer) end(answer)
      })
    })
  }
}

/** Messages out of a stream: each with its length before it (RFC 1035 4.2.2). */
export class MessageReader {
  #bytes: Buffer = Buffer.alloc(0)

  /** Gives the messages that are whole now. Holds at most one that is not. */
  push(bytes: Buffer): readonly Buffer[] {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
    const messages: Buffer[] = []
    while (this.#bytes.length >= 2) {
      const end = 2 + this.#bytes.readUInt16BE(0)
      if (this.#bytes.length < end) break
      messages.push(this.#bytes.subarray(2, end))
      this.#bytes = this.#bytes.subarray(end)
    }
    return messages
  }
}

/** @returns the message with its length before it; empty for one that no length can say */
export function framed(message: Buffer): Buffer {
  if (message.length > TCP_MESSAGE_MAX) return Buffer.alloc(0)
  const length = Buffer.alloc(2)
  length.writeUInt16BE(message.length)
  return Buffer.concat([length, message])
}

function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message)
  copy.writeUInt16BE(id, 0)
  return copy
}
