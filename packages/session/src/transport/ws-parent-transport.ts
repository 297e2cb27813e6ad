import { constants } from 'node:crypto'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Clock, type Logger, OakError, silentLogger, type Timer, toOakError } from '@oakestra/base'
import type { ChildKind, Credentials } from '@oakestra/pki'
import { DatagramDoor } from './datagram/datagram-door.ts'
import { renderRefusal } from './http-refusal.ts'
import { patienceOf } from './incumbent.ts'
import { JoinRoute } from './join-route.ts'
import { Pulse } from './pulse.ts'
import { type Timing, timingOf } from './timing.ts'
import type { Listener, ListenHandlers, ParentTransport } from './transport.ts'
import { WsListener } from './ws-listener.ts'

export interface WsParentOptions extends Partial<Timing> {
  /** Which children connect here; all others are refused. */
  readonly childKind: ChildKind
  /** Address to listen on; all of them when absent. */
  readonly host?: string
  /** 0 takes a free one. */
  readonly port: number
  /** The authority that vouches for children. */
  readonly caPem: string
  /** The parent's own certificate, asked for again twice a day so that a renewed one comes into use. */
  readonly credentials: () => Promise<Credentials>
  readonly clock: Clock
  readonly logger?: Logger
  /** Connections that have not proven to be a child's yet; a wave of reconnecting children fits in. */
  readonly strangersMax?: number
  /** How long a stranger may take for each of the handshake, the head and the body of a request; default 10 s. */
  readonly patienceMs?: number
  /** False does without the signs of life beside the connections, for which UDP is bound to the same port number. */
  readonly datagrams?: boolean
}

const STRANGERS_MAX = 1000
const PATIENCE_MS = 10_000
const HALF_A_DAY_MS = 12 * 3_600_000

/** The parent's side of a hop over WebSocket and TLS: sessions, streams and joining on one port. */
export function createWsParentTransport(options: WsParentOptions): ParentTransport {
  return { listen: (handlers) => listen(options, handlers) }
}

async function listen(options: WsParentOptions, handlers: ListenHandlers): Promise<Listener> {
  const { childKind, clock, logger = silentLogger } = options
  const server = createServer({ ...limitsOf(options), ...(await securityOf(options)) })
  const refresh = refreshRegularly(server, options)
  const timing = timingOf(childKind, options)
  let datagrams: DatagramDoor | undefined
  const listener = new WsListener({
    server,
    childKind,
    handlers,
    pulse: new Pulse({ ...timing, clock }),
    clock,
    logger,
    strangersMax: options.strangersMax ?? STRANGERS_MAX,
    patienceMs: patienceOf(timing.leaseMs),
    datagrams: () => datagrams,
    release: () => refresh.cancel(),
  })
  serveRequests(server, handlers.admit && new JoinRoute({ childKind, admit: handlers.admit, clock, logger }))
  await startListening(server, options).catch((thrown: unknown) => {
    refresh.cancel()
    throw thrown
  })
  if (options.datagrams !== false) datagrams = await openDatagrams(server, { clock, logger })
  return listener
}

/** What strangers can take: how long they may stay silent, and how much they may say. */
function limitsOf({ patienceMs = PATIENCE_MS }: WsParentOptions): ServerOptions {
  return {
    handshakeTimeout: patienceMs,
    headersTimeout: patienceMs,
    requestTimeout: patienceMs,
    connectionsCheckingInterval: Math.min(patienceMs, 2_000),
    keepAliveTimeout: 1_000,
    maxHeaderSize: 8 * 1024,
  }
}

async function securityOf(options: WsParentOptions) {
  const { keyPem, certificatePem } = await options.credentials()
  return {
    key: keyPem,
    cert: certificatePem,
    ca: options.caPem,
    requestCert: true,
    // Who joins has no certificate yet; every other path asks for one itself.
    rejectUnauthorized: false,
    minVersion: 'TLSv1.3',
    // A resumed connection would be trusted for what an earlier one proved.
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const
}

function openDatagrams(server: Server, deps: { clock: Clock; logger: Logger }): Promise<DatagramDoor | undefined> {
  // A TCP server's address is an object for as long as it listens.
  const { address, port } = server.address() as AddressInfo
  return DatagramDoor.open({ address, port, ...deps })
}

function refreshRegularly(server: Server, options: WsParentOptions): Timer {
  let timer: Timer
  const refresh = async () => {
    try {
      server.setSecureContext(await securityOf(options))
    } catch (thrown) {
      options.logger?.error('the server certificate cannot be renewed', { err: toOakError(thrown) })
    }
  }
  const arm = () => {
    timer = options.clock.after(HALF_A_DAY_MS, () => {
      arm()
      void refresh()
    })
  }
  arm()
  return { cancel: () => timer.cancel() }
}

function serveRequests(server: Server, joinRoute: JoinRoute | undefined): void {
  server.on('request', (request, response) => {
    if (joinRoute && request.method === 'POST' && request.url === '/join') {
      void joinRoute.handle(request, response)
      return
    }
    const { status, body } = renderRefusal(new OakError('not-found', 'there is nothing here'))
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' }).end(body)
  })
}

function startListening(server: Server, { host, port }: WsParentOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE'
      reject(isTaken ? new OakError('port-in-use', `port ${port} is taken`, { cause: error, details: { port } }) : error)
    })
    server.listen({ port, ...(host !== undefined && { host }) }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}
