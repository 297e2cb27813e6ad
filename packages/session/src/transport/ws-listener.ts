import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import { type Clock, type Logger, OakError, toOakError } from '@oakestra/base'
import { type ChildKind, peerIdentity } from '@oakestra/pki'
import { type WebSocket, WebSocketServer } from 'ws'
import type { DatagramDoor, OfferedLink } from './datagram/datagram-door.ts'
import { LINK_HEADER } from './datagram/link-secret.ts'
import { ExpectedStreams } from './expected-streams.ts'
import { refuseUpgrade } from './http-refusal.ts'
import { awaitRoom, INCARNATION_HEADER, parseIncarnation } from './incumbent.ts'
import type { Pulse } from './pulse.ts'
import type { ExpectedStream, ExpectStreamOptions, Listener, ListenHandlers, Peer } from './transport.ts'
import { SESSION_SOCKET_OPTIONS, type Signs, WsChannel } from './ws-channel.ts'
import { KEEP_ALIVE_MS, STREAM_SOCKET_OPTIONS, WsStream } from './ws-stream.ts'

export interface WsListenerParts {
  readonly server: Server
  readonly childKind: ChildKind
  readonly handlers: ListenHandlers
  readonly pulse: Pulse
  readonly clock: Clock
  readonly logger: Logger
  readonly strangersMax: number
  /** How long a connected child may take to show that it lives when another one claims to be it. */
  readonly patienceMs: number
  /** Absent when there is no port for datagrams. */
  readonly datagrams: () => DatagramDoor | undefined
  /** Ends what else the transport keeps going while it listens. */
  release(): void
}

/** Sessions and streams of children on a listening server. */
export class WsListener implements Listener {
  readonly #parts: WsListenerParts
  readonly #expected: ExpectedStreams
  readonly #sessionSockets = new WebSocketServer({ noServer: true, clientTracking: false, ...SESSION_SOCKET_OPTIONS })
  readonly #streamSockets = new WebSocketServer({ noServer: true, clientTracking: false, ...STREAM_SOCKET_OPTIONS })
  /** The newest channel of each child, and the incarnation that it belongs to. */
  readonly #channels = new Map<string, { readonly channel: WsChannel; readonly incarnation: string | undefined }>()
  readonly #offers = new WeakMap<IncomingMessage, OfferedLink>()
  readonly #streams = new Set<WsStream>()
  /** Every connection there is, so that the end is the end of all of them. */
  readonly #connections = new Set<Duplex>()
  /** Connections that have proven to be a child's; the others are strangers, of which there may be few. */
  #provenCount = 0
  #isClosing = false

  constructor(parts: WsListenerParts) {
    this.#parts = parts
    this.#expected = new ExpectedStreams(parts.clock)
    // Comes right before the answer that opens the session, and nothing else after it can fail.
    this.#sessionSockets.on('headers', (headers, request) => this.#offerDatagrams(headers, request))
    parts.server.on('connection', (socket) => this.#onConnection(socket))
    parts.server.on('upgrade', (request, socket, head) => void this.#onUpgrade(request, socket, head))
  }

  get port(): number {
    // A TCP server's address is an object for as long as it listens.
    return (this.#parts.server.address() as AddressInfo).port
  }

  expectStream(options: ExpectStreamOptions): ExpectedStream {
    return this.#expected.expect(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#parts.release()
    const closed = new Promise((resolve) => this.#parts.server.close(resolve))
    this.#expected.refuseAll('the parent is stopping')
    for (const stream of this.#streams) stream.destroy()
    await Promise.all([...this.#channels.values()].map(({ channel }) => channel.leave('the parent is stopping')))
    this.#parts.datagrams()?.close()
    for (const socket of this.#connections) socket.destroy()
    await closed
  }

  #onConnection(socket: Duplex): void {
    // Strangers cost memory before they prove anything; children come back when there is room.
    if (this.#connections.size - this.#provenCount >= this.#parts.strangersMax) {
      socket.destroy()
      return
    }
    this.#connections.add(socket)
    socket.once('close', () => this.#connections.delete(socket))
  }

  async #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    // Between the HTTP server and the WebSocket nobody else listens, and an error nobody hears stops the process.
    const ignore = () => undefined
    socket.on('error', ignore)
    try {
      if (!(socket instanceof TLSSocket)) throw new OakError('internal', 'the connection is not encrypted')
      await this.#route({ request, socket, head })
    } catch (thrown) {
      const error = toOakError(thrown)
      this.#parts.logger.info('connection refused', { code: error.code, reason: error.message })
      refuseUpgrade(socket, error)
    } finally {
      // By now the WebSocket listens, or the socket is about to go, for which a listener must stay.
      if (socket.listenerCount('error') > 1) socket.off('error', ignore)
    }
  }

  async #route(upgrade: Upgrade): Promise<void> {
    const { accepts } = this.#parts.handlers
    const [, streamId] = STREAM_PATH.exec(upgrade.request.url ?? '') ?? []
    if (upgrade.request.url !== '/session' && streamId === undefined) throw new OakError('not-found', 'there is nothing here')
    const peer = this.#prove(upgrade.socket)
    if (accepts && !(await accepts(peer))) throw new OakError('forbidden', `the ${peer.kind} ${peer.id} does not belong here any more`)
    const incarnation = parseIncarnation(upgrade.request.headers[INCARNATION_HEADER])
    if (streamId === undefined) await this.#makeRoom(peer, incarnation)
    if (this.#isClosing) throw new OakError('unavailable', 'the parent is stopping')
    if (streamId === undefined) this.#openSession(upgrade, peer, incarnation)
    else this.#openStream(upgrade, peer, streamId)
  }

  /** A child that lost its connection comes back as the same incarnation; another one has to wait for this one to be dead. */
  async #makeRoom(peer: Peer, incarnation: string | undefined): Promise<void> {
    const held = this.#channels.get(peer.id)
    if (!held || incarnation === undefined || held.incarnation === incarnation) return
    await awaitRoom(held.channel, this.#parts.patienceMs, this.#parts.clock)
  }

  #offerDatagrams(headers: string[], request: IncomingMessage): void {
    const offer = this.#parts.datagrams()?.offer()
    if (!offer) return
    this.#offers.set(request, offer)
    headers.push(`${LINK_HEADER}: ${offer.header}`)
  }

  #prove(socket: TLSSocket): Peer {
    const identity = peerIdentity(socket)
    if (!identity) throw new OakError('unauthenticated', 'a certificate issued by this parent is needed')
    const { childKind } = this.#parts
    if (identity.kind !== childKind) throw new OakError('unauthenticated', `this port is for a ${childKind}, not for a ${identity.kind}`)
    return { ...identity, address: `${socket.remoteAddress ?? ''}:${socket.remotePort ?? ''}` }
  }

  #openSession({ request, socket, head }: Upgrade, peer: Peer, incarnation: string | undefined): void {
    this.#sessionSockets.handleUpgrade(request, socket, head, (ws) => {
      this.#countProven(ws)
      const { pulse, handlers } = this.#parts
      const channel = new WsChannel({ ws, socket, peer, pulse, signs: this.#signsOf(request) })
      this.#channels.get(peer.id)?.channel.close('the same child connected again')
      this.#channels.set(peer.id, { channel, incarnation })
      ws.once('close', () => {
        if (this.#channels.get(peer.id)?.channel === channel) this.#channels.delete(peer.id)
      })
      // Behind the older channel's own notice, which is in the same queue.
      queueMicrotask(() => handlers.onChannel(channel))
    })
  }

  #signsOf(request: IncomingMessage): Signs | undefined {
    const offer = this.#offers.get(request)
    if (!offer) return undefined
    return {
      get signsHeard() {
        return offer.link.signsHeard
      },
      get answersHeard() {
        return offer.link.answersHeard
      },
      ask: () => offer.link.ask(),
      close: () => this.#parts.datagrams()?.withdraw(offer),
    }
  }

  #openStream({ request, socket, head }: Upgrade, peer: Peer, streamId: string): void {
    if (!this.#expected.has(streamId, peer.id)) throw new OakError('not-found', 'nobody waits for this stream')
    this.#streamSockets.handleUpgrade(request, socket, head, (ws) => {
      this.#countProven(ws)
      const stream = new WsStream(ws)
      this.#streams.add(stream)
      ws.once('close', () => this.#streams.delete(stream))
      socket.setKeepAlive(true, KEEP_ALIVE_MS)
      this.#expected.fulfil(streamId, peer.id, stream)
    })
  }

  #countProven(ws: WebSocket): void {
    this.#provenCount += 1
    ws.once('close', () => {
      this.#provenCount -= 1
    })
  }
}

interface Upgrade {
  readonly request: IncomingMessage
  readonly socket: TLSSocket
  readonly head: Buffer
}

const STREAM_PATH = /^\/stream\/([0-9a-f]{32})$/
