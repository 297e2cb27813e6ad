import { Duplex } from 'node:stream'
import { OakError } from '@oakestra/base'

/** One end of a stream that never leaves the process: same ends, errors and back-pressure as the real one. */
class MemoryStream extends Duplex {
  #far: MemoryStream | undefined
  #onRead: (() => void) | undefined
  #hasEnded = false

  constructor() {
    super({ allowHalfOpen: true })
    this.on('error', () => undefined)
  }

  static pair(): readonly [MemoryStream, MemoryStream] {
    const [near, far] = [new MemoryStream(), new MemoryStream()]
    near.#far = far
    far.#far = near
    return [near, far]
  }

  override _read(): void {
    const onRead = this.#onRead
    this.#onRead = undefined
    onRead?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const far = this.#far
    if (!far || far.destroyed) return callback(brokenOff())
    // A copy, as a network makes: the writer may use its buffer again.
    const hasRoom = far.push(Buffer.from(chunk))
    if (hasRoom) setImmediate(callback)
    else far.#onRead = () => setImmediate(callback)
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#hasEnded = true
    this.#far?.push(null)
    callback()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    const far = this.#far
    if (far && !far.destroyed && !(this.#hasEnded && far.#hasEnded)) setImmediate(() => far.destroy(brokenOff()))
    callback(error)
  }
}

function brokenOff(): OakError {
  return new OakError('unavailable', 'the stream broke off')
}

/** Two ends of one stream. */
export function memoryStreamPair(): readonly [Duplex, Duplex] {
  return MemoryStream.pair()
}
