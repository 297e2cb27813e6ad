/** Tells one listener of one end, once, in its own turn; whichever of listener and end comes first. */
export class CloseNotice {
  #listener: ((reason: string) => void) | undefined
  #reason: string | undefined
  #isTold = false

  get hasEnded(): boolean {
    return this.#reason !== undefined
  }

  /** False when it had ended before. */
  end(reason: string): boolean {
    if (this.hasEnded) return false
    this.#reason = reason
    this.#tell()
    return true
  }

  listen(listener: (reason: string) => void): void {
    this.#listener = listener
    if (this.hasEnded) this.#tell()
  }

  #tell(): void {
    queueMicrotask(() => {
      if (this.#isTold || !this.#listener) return
      this.#isTold = true
      this.#listener(this.#reason ?? '')
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
