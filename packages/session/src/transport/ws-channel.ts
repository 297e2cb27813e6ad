import type { Socket } from 'node:net'
import { LIMITS, OakError } from '@oakestra/base'
import { WebSocket } from 'ws'
import { CloseNotice, fitReason } from './close-notice.ts'
import type { Beating, Pulse } from './pulse.ts'
import type { Channel, Peer } from './transport.ts'

/** Options of every WebSocket that carries a session, on both ends. */
export const SESSION_SOCKET_OPTIONS: { maxPayload: number; perMessageDeflate: false; closeTimeout: number } = {
  maxPayload: LIMITS.sessionMessageBytes,
  // A compressor holds some 300 KB per connection; documents are sent as differences anyway.
  perMessageDeflate: false,
  // How long a far end may take to say good-bye before its connection is cut.
  closeTimeout: 1000,
}

const NORMAL_CLOSURE = 1000

export interface WsChannelParts {
  readonly ws: WebSocket
  readonly socket: Socket
  readonly peer: Peer
  readonly pulse: Pulse
}

/** A channel over an open WebSocket. */
export class WsChannel implements Channel, Beating {
  readonly peer: Peer
  readonly #ws: WebSocket
  readonly #socket: Socket
  readonly #pulse: Pulse
  readonly #notice = new CloseNotice()
  #onMessage: ((text: string) => void) | undefined
  #failure: string | undefined

  constructor(parts: WsChannelParts) {
    this.peer = parts.peer
    this.#ws = parts.ws
    this.#socket = parts.socket
    this.#pulse = parts.pulse
    this.#ws.pause()
    this.#ws.on('message', (data, isBinary) => this.#receive(data.toString(), isBinary))
    this.#ws.on('error', (error) => {
      this.#failure = error.message
    })
    this.#ws.on('close', (code, reason) => this.#end(reason.toString() || this.#failure || `the connection broke off (${code})`))
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
    if (this.bufferedBytes > LIMITS.sessionBufferedBytes) this.#cut('the far end reads too slowly')
  }

  onMessage(listener: (text: string) => void): void {
    this.#onMessage = listener
    if (this.#ws.isPaused) this.#ws.resume()
  }

  onClose(listener: (reason: string) => void): void {
    this.#notice.listen(listener)
  }

  close(reason: string): void {
    if (!this.#end(reason)) return
    this.#ws.close(NORMAL_CLOSURE, fitReason(reason))
    // The far end's good-bye must be read for the connection to end at once.
    if (this.#ws.isPaused) this.#ws.resume()
  }

  /** Closes, and resolves once the connection is gone. */
  async leave(reason: string): Promise<void> {
    this.close(reason)
    if (this.#ws.readyState !== WebSocket.CLOSED) await new Promise((resolve) => this.#ws.once('close', resolve))
  }

  sendSign(): void {
    // What waits to be sent is a sign of life by itself. A pong nobody asked for is not answered (RFC 6455 5.5.3).
    if (this.#ws.readyState === WebSocket.OPEN && this.bufferedBytes === 0) this.#ws.pong()
  }

  expire(silentMs: number): void {
    this.#cut(`nothing was heard for ${Math.round(silentMs)} ms`)
  }

  #cut(reason: string): void {
    this.#end(reason)
    this.#ws.terminate()
  }

  #receive(text: string, isBinary: boolean): void {
    if (this.hasEnded) return
    if (isBinary) this.close('a session consists of text')
    else this.#onMessage?.(text)
  }

  #end(reason: string): boolean {
    if (!this.#notice.end(reason)) return false
    this.#pulse.remove(this)
    return true
  }
}
