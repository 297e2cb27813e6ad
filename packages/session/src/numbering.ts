import { type Clock, OakError, type Timer } from '@oakestra/base'
import { type NumberedMessage, parseSessionMessage, renderSessionMessage, type SessionMessage } from '@oakestra/wire'

// So long after a message its number is told again, in case it was the last one and lost; then, in case that was lost too, rarely.
const MARK_SOON_MS = 2_000
const MARK_AGAIN_MS = 30_000

/**
 * Numbers the messages of one connection each way, so that whatever carries them may lose, repeat or reorder: a repeated one is
 * dropped, and after a gap the connection is over, because only what both ends say at its beginning is a firm ground to go on from.
 */
export class Numbering {
  readonly #clock: Clock
  readonly #carry: (text: string) => void
  #sent = 0
  #taken = 0
  #timer: Timer | undefined
  #isTimerSoon = false
  #isClosed = false

  constructor(clock: Clock, carry: (text: string) => void) {
    this.#clock = clock
    this.#carry = carry
  }

  send(message: SessionMessage): void {
    this.#carry(renderSessionMessage(this.#sent + 1, message))
    this.#sent += 1
    // Samples follow each other for as long as there is a connection, and one that is missing does no harm by itself.
    if (!this.#isTimerSoon && message.type !== 'samples') this.#arm(MARK_SOON_MS)
  }

  /** What arrived, or undefined when it says nothing new. @throws OakError `bad-request` when something is missing before it */
  take(text: string): SessionMessage | undefined {
    const { n, message }: NumberedMessage = parseSessionMessage(text)
    const isMark = message.type === 'mark'
    if (n > this.#taken + (isMark ? 0 : 1)) {
      throw new OakError('bad-request', `messages ${this.#taken + 1} to ${isMark ? n : n - 1} were lost or overtaken on the way`)
    }
    if (isMark || n <= this.#taken) return undefined
    this.#taken = n
    return message
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #arm(delayMs: number): void {
    if (this.#isClosed) return
    this.#timer?.cancel()
    this.#isTimerSoon = delayMs === MARK_SOON_MS
    this.#timer = this.#clock.after(delayMs, () => {
      this.#carry(renderSessionMessage(this.#sent, { type: 'mark' }))
      this.#arm(MARK_AGAIN_MS)
    })
  }
}
