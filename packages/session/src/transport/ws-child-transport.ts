import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { checkServerIdentity } from 'node:tls'
import { type Clock, OakError, onAbort, throwIfAborted } from '@oakestra/base'
import { type Identity, PARENT_SERVER_NAME } from '@oakestra/pki'
import { WebSocket } from 'ws'
import { calledOff, explainConnectError, timedOut } from './connect-errors.ts'
import { readRefusal } from './http-refusal.ts'
import { type ParentAddress, renderParentAddress, tryAddresses } from './parent-address.ts'
import { Pulse } from './pulse.ts'
import { readLimited } from './read-limited.ts'
import { defaultTiming, type Timing } from './timing.ts'
import type { Channel, ChildTransport } from './transport.ts'
import { SESSION_SOCKET_OPTIONS, WsChannel } from './ws-channel.ts'
import { KEEP_ALIVE_MS, STREAM_SOCKET_OPTIONS, WsStream } from './ws-stream.ts'

export interface WsChildOptions extends Partial<Timing> {
  /** `host:port` of the parent, tried in this order; asked for at every attempt. */
  readonly addresses: () => readonly string[]
  /** Asked for at every attempt, so that a renewed certificate comes into use. */
  readonly identity: () => Identity
  readonly clock: Clock
  /** For one address, from the first packet to the open session; default 5 s. */
  readonly connectTimeoutMs?: number
}

const CONNECT_TIMEOUT_MS = 5_000

/** A child's side of a hop over WebSocket and TLS. */
export function createWsChildTransport(options: WsChildOptions): ChildTransport {
  const { kind } = options.identity()
  const timing = defaultTiming(kind)
  const pulse = new Pulse({ leaseMs: options.leaseMs ?? timing.leaseMs, pingMs: options.pingMs ?? timing.pingMs, clock: options.clock })
  return {
    connect: (signal) => tryAddresses(options.addresses(), (address) => connect(options, { address, pulse, signal })),
    openStream: (streamId, signal) => tryAddresses(options.addresses(), (address) => openStream(options, { address, streamId, signal })),
  }
}

async function connect(options: WsChildOptions, to: { address: ParentAddress; pulse: Pulse; signal: AbortSignal }): Promise<Channel> {
  const { address, pulse, signal } = to
  const kind = options.identity().kind === 'node' ? 'cluster' : 'root'
  const peer = { kind, id: '', address: renderParentAddress(address) } as const
  return open(
    options,
    { path: '/session', socketOptions: SESSION_SOCKET_OPTIONS, address, signal },
    (ws, socket) => new WsChannel({ ws, socket, peer, pulse }),
  )
}

async function openStream(options: WsChildOptions, to: { address: ParentAddress; streamId: string; signal: AbortSignal }): Promise<Duplex> {
  const { address, streamId, signal } = to
  const path = `/stream/${encodeURIComponent(streamId)}`
  return open(options, { path, socketOptions: STREAM_SOCKET_OPTIONS, address, signal }, (ws, socket) => {
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    return new WsStream(ws)
  })
}

interface Opening {
  readonly path: string
  readonly socketOptions: typeof SESSION_SOCKET_OPTIONS
  readonly address: ParentAddress
  readonly signal: AbortSignal
}

/** Opens a WebSocket; `wrap` takes it over in the very turn in which it opens, before anything can arrive on it. */
async function open<T>(options: WsChildOptions, opening: Opening, wrap: (ws: WebSocket, socket: Socket) => T): Promise<T> {
  const { address, signal } = opening
  const { clock, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options
  throwIfAborted(signal)
  const ws = new WebSocket(`wss://${renderParentAddress(address)}${opening.path}`, {
    ...opening.socketOptions,
    ...securityOf(options.identity()),
  })
  let failure: OakError | undefined
  const giveUp = (error: OakError) => {
    failure ??= error
    ws.terminate()
  }
  const timer = clock.after(connectTimeoutMs, () => giveUp(timedOut(address, connectTimeoutMs)))
  const stopListening = onAbort(signal, () => giveUp(calledOff(signal)))
  try {
    return await new Promise<T>((resolve, reject) => {
      let socket: Socket | undefined
      ws.once('upgrade', (response) => {
        socket = response.socket
      })
      ws.once('open', () => {
        // 'upgrade' comes before 'open' and brings the socket.
        if (socket) resolve(wrap(ws, socket))
      })
      ws.once('unexpected-response', (request, response) => {
        void explainResponse(response).then((error) => {
          reject(failure ?? error)
          request.destroy()
        })
      })
      ws.on('error', (error) => reject(failure ?? explainConnectError(error, address)))
    })
  } finally {
    timer.cancel()
    stopListening()
  }
}

function securityOf(identity: Identity) {
  return {
    key: identity.keyPem,
    cert: identity.certificatePem,
    ca: identity.caPem,
    // Known by its name and its authority, wherever it is: a parent may move to another address.
    servername: PARENT_SERVER_NAME,
    checkServerIdentity: (_host: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(PARENT_SERVER_NAME, certificate),
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    // No pool: every WebSocket has a connection of its own.
    agent: false,
  } as const
}

async function explainResponse(response: IncomingMessage): Promise<OakError> {
  return readRefusal(response.statusCode ?? 0, await readLimited(response).catch(() => ''))
}
