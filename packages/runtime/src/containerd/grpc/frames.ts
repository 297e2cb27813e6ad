import { OakError } from '@oakestra/base'

// "Length-Prefixed-Message": one byte for compression, four for the length. grpc/doc/PROTOCOL-HTTP2.md.
const PREFIX_BYTES = 5

/** No answer of containerd is longer: lists come in one message, blobs in chunks of 1 MiB. */
export const MESSAGE_BYTES_MAX = 16 * 1024 * 1024

/** Puts the prefix before one encoded message. */
export function frameMessage(message: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(PREFIX_BYTES + message.length)
  framed[0] = 0
  framed.writeUInt32BE(message.length, 1)
  framed.set(message, PREFIX_BYTES)
  return framed
}

/** Cuts a byte stream back into messages, whatever pieces it arrives in. */
export class FrameReader {
  #pieces: Buffer[] = []
  #buffered = 0

  /** @throws OakError `limit-exceeded` for a message that is too long, `not-supported` for a compressed one */
  push(piece: Buffer): Buffer[] {
    this.#pieces.push(piece)
    this.#buffered += piece.length
    const messages: Buffer[] = []
    for (let length = this.#nextLength(); length !== undefined; length = this.#nextLength()) {
      const whole = this.#take(PREFIX_BYTES + length)
      messages.push(whole.subarray(PREFIX_BYTES))
    }
    return messages
  }

  /** Length of the next message when all of it is here. */
  #nextLength(): number | undefined {
    if (this.#buffered < PREFIX_BYTES) return undefined
    const head = this.#head()
    if (head[0] !== 0) throw new OakError('not-supported', 'containerd sent a compressed message')
    const length = head.readUInt32BE(1)
    if (length > MESSAGE_BYTES_MAX) throw new OakError('limit-exceeded', `containerd sent a message of ${length} bytes`)
    return this.#buffered < PREFIX_BYTES + length ? undefined : length
  }

  #head(): Buffer {
    const [first] = this.#pieces
    if (first && first.length >= PREFIX_BYTES) return first
    return this.#join()
  }

  #take(length: number): Buffer {
    const joined = this.#join()
    this.#buffered -= length
    this.#pieces = joined.length > length ? [joined.subarray(length)] : []
    return joined.subarray(0, length)
  }

  #join(): Buffer {
    const joined = this.#pieces.length === 1 ? this.#pieces[0] : undefined
    if (joined) return joined
    const made = Buffer.concat(this.#pieces)
    this.#pieces = [made]
    return made
  }
}
