import type { Socket } from 'node:net'
import { LIMITS, OakError } from '@oakestra/base'
import { WebSocket } from 'ws'
import { CloseNotice, fitReason } from './close-notice.ts'
import type { Incumbent } from './incumbent.ts'
import type { Beating, Pulse } from './pulse.ts'
import type { Channel, ConnectionEnd, Peer } from './transport.ts'

/** Options of every WebSocket that carries a session, on both ends. */
export const SESSION_SOCKET_OPTIONS: { maxPayload: number; perMessageDeflate: false; closeTimeout: number } = {
  maxPayload: LIMITS.sessionMessageBytes,
  // A compressor holds some 300 KB per connection; documents are sent as differences anyway.
  perMessageDeflate: false,
  // How long a far end may take to say good-bye before its connection is cut.
  closeTimeout: 1000,
}

/** RFC 6455 7.4.1: 1000 is an end like any other; 1001, an endpoint that goes away, is what `left` means. */
const CLOSE_CODE = { closed: 1000, left: 1001 } as const

/** Signs of life beside a connection. */
export interface Signs {
  readonly signsHeard: number
  /** Those of them that answered a question. */
  readonly answersHeard: number
  ask(): void
  close(): void
}

export interface WsChannelParts {
  readonly ws: WebSocket
  readonly socket: Socket
  readonly peer: Peer
  readonly pulse: Pulse
  /** Absent when the ends have no datagrams between them. */
  readonly signs: Signs | undefined
}

/** A channel over an open WebSocket. */
export class WsChannel implements Channel, Beating, Incumbent {
  readonly peer: Peer
  readonly #ws: WebSocket
  readonly #socket: Socket
  readonly #pulse: Pulse
  readonly #signs: Signs | undefined
  readonly #notice = new CloseNotice()
  #onMessage: ((text: string) => void) | undefined
  #failure: string | undefined
  #pongs = 0

  constructor(parts: WsChannelParts) {
    this.peer = parts.peer
    this.#ws = parts.ws
    this.#socket = parts.socket
    this.#pulse = parts.pulse
    this.#signs = parts.signs
    this.#ws.pause()
    this.#ws.on('message', (data, isBinary) => this.#receive(data.toString(), isBinary))
    // Those that nobody asked for, the signs of life, are empty.
    this.#ws.on('pong', (data) => {
      if (data.length > 0) this.#pongs += 1
    })
    this.#ws.on('error', (error) => {
      this.#failure = error.message
    })
    this.#ws.on('close', (code, reason) => {
      const why = reason.toString() || this.#failure || `the connection broke off (${code})`
      this.#end(why, code === CLOSE_CODE.left ? 'left' : 'closed')
    })
    this.#pulse.add(this)
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount
  }

  get silentMs(): number {
    return this.#pulse.silentMs(this)
  }

  get bytesHeard(): number {
    return this.#socket.bytesRead
  }

  get signsHeard(): number {
    return this.#signs?.signsHeard ?? 0
  }

  get answersHeard(): number {
    return this.#pongs + (this.#signs?.answersHeard ?? 0)
  }

  get hasEnded(): boolean {
    return this.#notice.hasEnded
  }

  send(text: string): void {
    // A character takes three bytes at most, so short texts need not be measured.
    if (text.length * 3 > LIMITS.sessionMessageBytes && Buffer.byteLength(text) > LIMITS.sessionMessageBytes) {
      throw new OakError('limit-exceeded', `a message of a session may have ${LIMITS.sessionMessageBytes} bytes at most`)
    }
    if (this.hasEnded) return
    this.#ws.send(text)
    if (this.bufferedBytes > LIMITS.sessionBufferedBytes) this.#cut('the far end reads too slowly', 'closed')
  }

  onMessage(listener: (text: string) => void): void {
    this.#onMessage = listener
    if (this.#ws.isPaused) this.#ws.resume()
  }

  onClose(listener: (end: ConnectionEnd) => void): void {
    this.#notice.listen(listener)
  }

  close(reason: string, how: 'closed' | 'left' = 'closed'): void {
    if (!this.#end(reason, how)) return
    this.#ws.close(CLOSE_CODE[how], fitReason(reason))
    // The far end's good-bye must be read for the connection to end at once.
    if (this.#ws.isPaused) this.#ws.resume()
  }

  /** Closes, and resolves once the connection is gone. */
  async leave(reason: string): Promise<void> {
    this.close(reason, 'left')
    if (this.#ws.readyState !== WebSocket.CLOSED) await new Promise((resolve) => this.#ws.once('close', resolve))
  }

  sendSign(): void {
    // What waits to be sent is a sign of life by itself. A pong nobody asked for is not answered (RFC 6455 5.5.3).
    if (this.#ws.readyState === WebSocket.OPEN && this.bufferedBytes === 0) this.#ws.pong()
  }

  ask(): void {
    this.#signs?.ask()
  }

  question(): void {
    // One that waits unsent would come no sooner for being followed by another.
    if (this.#ws.readyState === WebSocket.OPEN && this.bufferedBytes === 0) this.#ws.ping('?')
    this.#signs?.ask()
  }

  expire(silentMs: number): void {
    this.#cut(`nothing was heard for ${Math.round(silentMs)} ms`, 'silent')
  }

  stall(stalledMs: number): void {
    this.#cut(`the connection moved nothing for ${Math.round(stalledMs)} ms while the far end was alive`, 'closed')
  }

  #cut(reason: string, how: ConnectionEnd['how']): void {
    this.#end(reason, how)
    this.#ws.terminate()
  }

  #receive(text: string, isBinary: boolean): void {
    if (this.hasEnded) return
    if (isBinary) this.close('a session consists of text')
    else this.#onMessage?.(text)
  }

  #end(reason: string, how: ConnectionEnd['how']): boolean {
    if (!this.#notice.end({ how, reason, silentMs: this.hasEnded ? 0 : this.silentMs })) return false
    this.#pulse.remove(this)
    this.#signs?.close()
    return true
  }
}
