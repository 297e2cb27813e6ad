import { Duplex } from 'node:stream'
import { OakError } from '@oakestra/base'
import { WebSocket } from 'ws'

// Large enough to cost nothing per byte, small enough that either end can be stopped in between.
const PIECE_BYTES = 64 * 1024

/** Options of every WebSocket that carries a stream, on both ends. */
export const STREAM_SOCKET_OPTIONS: { maxPayload: number; perMessageDeflate: false; closeTimeout: number } = {
  maxPayload: PIECE_BYTES,
  perMessageDeflate: false,
  closeTimeout: 1000,
}

/** A stream may rest for hours: after this long, and some 10 s of no answer, the kernel gives it up (libuv probes each second). */
export const KEEP_ALIVE_MS = 10_000

// The only text message on a stream: its sender has nothing more to send, and goes on reading.
const END_OF_DATA = 'end'
const NORMAL_CLOSURE = 1000

/**
 * Bytes over an open WebSocket, with what `createWebSocketStream` of `ws` lacks: each direction ends by itself (standard
 * input does before standard output), and a broken connection is an error, not an end.
 */
export class WsStream extends Duplex {
  readonly #ws: WebSocket
  #hasFarEnded = false
  #hasNearEnded = false

  constructor(ws: WebSocket) {
    super({ allowHalfOpen: true })
    this.#ws = ws
    // Who reads or pipes hears of errors; a stream that nobody attends to yet must not stop the process.
    this.on('error', () => undefined)
    ws.on('message', (data, isBinary) => this.#receive(data, isBinary))
    // 'close' follows and says it.
    ws.on('error', () => undefined)
    ws.on('close', () => this.#closed())
  }

  override _read(): void {
    if (this.#ws.isPaused) this.#ws.resume()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    let rest = chunk
    for (; rest.length > PIECE_BYTES; rest = rest.subarray(PIECE_BYTES)) this.#ws.send(rest.subarray(0, PIECE_BYTES))
    // Calls back once the bytes have left for the network: that is the back-pressure.
    this.#ws.send(rest, callback)
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#hasNearEnded = true
    if (this.#ws.readyState !== WebSocket.OPEN) return callback()
    this.#ws.send(END_OF_DATA, callback)
    this.#closeWhenDone()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (!this.#hasFarEnded || !this.#hasNearEnded) this.#ws.terminate()
    else if (this.#ws.isPaused) this.#ws.resume()
    callback(error)
  }

  #receive(data: WebSocket.RawData, isBinary: boolean): void {
    if (isBinary && !this.#hasFarEnded) {
      // `nodebuffer`, the default binary type, gives Buffers.
      if (!this.push(data)) this.#ws.pause()
    } else if (!this.#hasFarEnded && data.toString() === END_OF_DATA) {
      this.#hasFarEnded = true
      this.push(null)
      this.#closeWhenDone()
    } else {
      this.#ws.terminate()
    }
  }

  #closeWhenDone(): void {
    if (this.#hasFarEnded && this.#hasNearEnded) this.#ws.close(NORMAL_CLOSURE)
  }

  #closed(): void {
    if (this.#hasFarEnded && this.#hasNearEnded) return
    this.destroy(new OakError('unavailable', 'the stream broke off'))
  }
}
