import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { checkServerIdentity } from 'node:tls'
import { type Clock, OakError, onAbort, throwIfAborted } from '@oakestra/base'
import { type Identity, PARENT_SERVER_NAME } from '@oakestra/pki'
import { WebSocket } from 'ws'
import { calledOff, explainConnectError, timedOut } from './connect-errors.ts'
import { ChildDatagrams } from './datagram/child-datagrams.ts'
import { LINK_HEADER, parseLinkSecret } from './datagram/link-secret.ts'
import { readRefusal } from './http-refusal.ts'
import { INCARNATION_HEADER } from './incumbent.ts'
import { type ParentAddress, renderParentAddress, tryAddresses } from './parent-address.ts'
import { Pulse } from './pulse.ts'
import { readLimited } from './read-limited.ts'
import { type Timing, timingOf } from './timing.ts'
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
  /** False does without the signs of life beside the connection, which are datagrams to the parent's port. */
  readonly datagrams?: boolean
}

const CONNECT_TIMEOUT_MS = 5_000

/** A child's side of a hop over WebSocket and TLS. */
export function createWsChildTransport(options: WsChildOptions): ChildTransport {
  const { kind } = options.identity()
  const pulse = new Pulse({ ...timingOf(kind, options), clock: options.clock })
  // One transport is made per process: this is what a cloned disk does not have in common with its original.
  const incarnation = randomBytes(16).toString('hex')
  return {
    connect: (signal) => tryAddresses(options.addresses(), (address) => connect(options, { address, pulse, incarnation, signal })),
    openStream: (streamId, signal) => tryAddresses(options.addresses(), (address) => openStream(options, { address, streamId, signal })),
  }
}

interface Attempt {
  readonly address: ParentAddress
  readonly pulse: Pulse
  readonly incarnation: string
  readonly signal: AbortSignal
}

async function connect(options: WsChildOptions, { address, pulse, incarnation, signal }: Attempt): Promise<Channel> {
  const kind = options.identity().kind === 'node' ? 'cluster' : 'root'
  const peer = { kind, id: '', address: renderParentAddress(address) } as const
  const headers = { [INCARNATION_HEADER]: incarnation }
  return open(options, { path: '/session', socketOptions: SESSION_SOCKET_OPTIONS, headers, address, signal }, (ws, response) => {
    const { socket } = response
    return new WsChannel({ ws, socket, peer, pulse, signs: signsOf(options, response) })
  })
}

/** Datagrams go to where the connection went, if the parent has a port for them. */
function signsOf({ clock, datagrams }: WsChildOptions, { headers, socket }: IncomingMessage): ChildDatagrams | undefined {
  const secret = parseLinkSecret(headers[LINK_HEADER])
  const { remoteAddress: address, remotePort: port } = socket
  if (!secret || datagrams === false || address === undefined || port === undefined) return undefined
  return new ChildDatagrams({ secret, parent: { address, port }, clock })
}

async function openStream(options: WsChildOptions, to: { address: ParentAddress; streamId: string; signal: AbortSignal }): Promise<Duplex> {
  const { address, streamId, signal } = to
  const path = `/stream/${encodeURIComponent(streamId)}`
  return open(options, { path, socketOptions: STREAM_SOCKET_OPTIONS, address, signal }, (ws, { socket }) => {
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    return new WsStream(ws)
  })
}

interface Opening {
  readonly path: string
  readonly socketOptions: typeof SESSION_SOCKET_OPTIONS
  readonly headers?: Readonly<Record<string, string>>
  readonly address: ParentAddress
  readonly signal: AbortSignal
}

/** Opens a WebSocket; `wrap` takes it over in the very turn in which it opens, before anything can arrive on it. */
async function open<T>(options: WsChildOptions, opening: Opening, wrap: (ws: WebSocket, response: IncomingMessage) => T): Promise<T> {
  const { address, signal } = opening
  const { clock, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options
  throwIfAborted(signal)
  const ws = new WebSocket(`wss://${renderParentAddress(address)}${opening.path}`, {
    ...opening.socketOptions,
    headers: opening.headers ?? {},
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
      let response: IncomingMessage | undefined
      ws.once('upgrade', (answer) => {
        response = answer
      })
      ws.once('open', () => {
        // 'upgrade' comes before 'open' and brings the answer.
        if (response) resolve(wrap(ws, response))
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
