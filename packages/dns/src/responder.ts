import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram'
import { createServer, isIPv6, type Server, type Socket } from 'node:net'
import { type Clock, Disposal, type Logger, OakError, type Random, toOakError } from '@oakestra/base'
import { answerQuery, encode, failureOf } from './answer.ts'
import { Forwarder, framed, MessageReader } from './forwarder.ts'
import type { Zone } from './zone.ts'

// Connections at one time, and how long one may be silent (RFC 7766 6.2.3).
const CONNECTIONS_MAX = 64
const IDLE_MS = 10_000

export interface ResponderOptions {
  /** Addresses to answer at: the gateway's in the overlay. Nobody else can ask. */
  readonly addresses: readonly string[]
  /** Default 53; 0 chooses one, the same for all addresses and both transports. */
  readonly port?: number
  readonly zone: () => Zone
  /** The machine's own resolvers, for every other name. */
  readonly forwardTo: () => readonly string[]
  readonly forwardPort?: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Answers instances that ask for names. */
export interface Responder extends AsyncDisposable {
  readonly port: number
}

/**
 * Opens the responder. Names of the overlay are answered out of the zone as it is at that moment, others by the machine's resolvers.
 * @throws OakError `port-in-use` or `unavailable`
 */
export async function createResponder(options: ResponderOptions): Promise<Responder> {
  const { forwardTo, forwardPort, clock, random } = options
  const forwarder = new Forwarder({ servers: forwardTo, clock, random, ...(forwardPort !== undefined && { port: forwardPort }) })
  const answer = (query: Buffer, transport: 'udp' | 'tcp') => respond(options, forwarder, query, transport)
  await using opened = new Disposal()
  let port = options.port ?? 53
  for (const address of options.addresses) {
    const stream = opened.use(await listenForStreams(address, port, answer))
    port = stream.port
    opened.use(await listenForDatagrams(address, port, answer, options.logger))
  }
  const owned = opened.move()
  return { port, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() }
}

type Respond = (query: Buffer, transport: 'udp' | 'tcp') => Promise<Buffer | undefined>

async function respond(
  options: ResponderOptions,
  forwarder: Forwarder,
  query: Buffer,
  transport: 'udp' | 'tcp',
): Promise<Buffer | undefined> {
  const verdict = answerQuery(query, options.zone())
  if (verdict === 'drop') return undefined
  if (verdict !== 'forward') return encode(verdict.say)
  const answer = await forwarder.ask(query, transport)
  if (answer) return answer
  const failure = failureOf(query)
  return failure && encode(failure)
}

async function listenForDatagrams(address: string, port: number, answer: Respond, logger: Logger): Promise<AsyncDisposable> {
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
  const reply = async (query: Buffer, from: RemoteInfo) => {
    const said = await answer(query, 'udp')
    if (said) socket.send(said, from.port, from.address, () => undefined)
  }
  socket.on('message', (query, from) => {
    reply(query, from).catch((thrown) => logger.debug('a question was not answered', { err: toOakError(thrown).message }))
  })
  await bound(socket, address, port)
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(resolve)) }
}

function bound(socket: DatagramSocket, address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', (cause) => reject(cannotListen(address, port, cause)))
    socket.bind({ address, port, exclusive: true }, () => {
      socket.removeAllListeners('error').on('error', () => undefined)
      resolve()
    })
  })
}

async function listenForStreams(address: string, port: number, answer: Respond): Promise<AsyncDisposable & { readonly port: number }> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    serve(socket, answer)
  })
  server.maxConnections = CONNECTIONS_MAX
  const chosen = await listening(server, address, port)
  const close = async () => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }
  return { port: chosen, [Symbol.asyncDispose]: close }
}

/** Questions of one connection are answered one after another: whoever does not read its answers stops its own questions only. */
function serve(socket: Socket, answer: Respond): void {
  const reader = new MessageReader()
  let turn = Promise.resolve()
  socket.setTimeout(IDLE_MS, () => socket.destroy())
  socket.on('error', () => socket.destroy())
  socket.on('data', (bytes: Buffer) => {
    socket.pause()
    for (const query of reader.push(bytes)) {
      turn = turn.then(async () => {
        const said = await answer(query, 'tcp')
        if (said && !socket.destroyed) socket.write(framed(said))
      })
    }
    turn = turn.then(
      () => void socket.resume(),
      () => void socket.destroy(),
    )
  })
}

function listening(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(host, port, cause)))
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address ? address.port : port)
    })
  })
}

function cannotListen(address: string, port: number, cause: Error): OakError {
  const taken = 'code' in cause && cause.code === 'EADDRINUSE'
  const place = `${address} port ${port}`
  return taken
    ? new OakError('port-in-use', `names cannot be answered at ${place}: somebody else does already`, { cause })
    : new OakError('unavailable', `names cannot be answered at ${place}: ${cause.message}`, { cause })
}
