import type { ConnectionEnd } from './transport.ts'

/** Tells one listener of one end, once, in its own turn; whichever of listener and end comes first. */
export class CloseNotice {
  #listener: ((end: ConnectionEnd) => void) | undefined
  #end: ConnectionEnd | undefined
  #isTold = false

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  /** False when it had ended before. */
  end(end: ConnectionEnd): boolean {
    if (this.hasEnded) return false
    this.#end = end
    this.#tell()
    return true
  }

  listen(listener: (end: ConnectionEnd) => void): void {
    this.#listener = listener
    if (this.hasEnded) this.#tell()
  }

  #tell(): void {
    queueMicrotask(() => {
      if (this.#isTold || !this.#listener || !this.#end) return
      this.#isTold = true
      this.#listener(this.#end)
    })
  }
}

// What a WebSocket close frame has room for (RFC 6455 5.5).
const REASON_BYTES_MAX = 123

/** A reason cut to what a close frame carries, at the border of a character. */
export function fitReason(reason: string): string {
  const bytes = Buffer.from(reason)
  if (bytes.length <= REASON_BYTES_MAX) return reason
  let end = REASON_BYTES_MAX
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1
  return bytes.toString('utf8', 0, end)
}
