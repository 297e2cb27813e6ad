import { LIMITS, OakError } from '@oakestra/base'
import { CloseNotice, fitReason } from '../close-notice.ts'
import type { Incumbent } from '../incumbent.ts'
import type { Beating, Pulse } from '../pulse.ts'
import type { Channel, ConnectionEnd, Peer } from '../transport.ts'
import { drawFrom, happens } from './link-conditions.ts'
import { type Frame, MemoryPipe, type PipeOptions } from './memory-pipe.ts'

export interface MemoryChannelParts extends Omit<PipeOptions, 'deliver' | 'canDeliver'> {
  readonly peer: Peer
  readonly pulse: Pulse
  /** Asked at every message: true loses it, and so breaks the channel. */
  isUnlucky(): boolean
}

/** One end of a channel that never leaves the process. */
export class MemoryChannel implements Channel, Beating, Incumbent {
  readonly peer: Peer
  readonly #parts: MemoryChannelParts
  readonly #notice = new CloseNotice()
  #outgoing: MemoryPipe | undefined
  #far: MemoryChannel | undefined
  #bytesHeard = 0
  #signsHeard = 0
  #answersHeard = 0
  #onMessage: ((text: string) => void) | undefined

  constructor(parts: MemoryChannelParts) {
    this.peer = parts.peer
    this.#parts = parts
  }

  /** Makes two ends of one channel. */
  static join(near: MemoryChannel, far: MemoryChannel): void {
    near.#attach(far)
    far.#attach(near)
  }

  #attach(far: MemoryChannel): void {
    this.#far = far
    const { clock, random, link, pulse } = this.#parts
    this.#outgoing = new MemoryPipe({ clock, random, link, canDeliver: () => far.#isReading, deliver: (frame) => far.#receive(frame) })
    pulse.add(this)
  }

  get bufferedBytes(): number {
    return this.#outgoing?.bufferedBytes ?? 0
  }

  get silentMs(): number {
    return this.#parts.pulse.silentMs(this)
  }

  get bytesHeard(): number {
    return this.#bytesHeard
  }

  get signsHeard(): number {
    return this.#signsHeard
  }

  get answersHeard(): number {
    return this.#answersHeard
  }

  get hasEnded(): boolean {
    return this.#notice.hasEnded
  }

  send(text: string): void {
    if (Buffer.byteLength(text) > LIMITS.sessionMessageBytes) {
      throw new OakError('limit-exceeded', `a message of a session may have ${LIMITS.sessionMessageBytes} bytes at most`)
    }
    if (this.hasEnded) return
    if (this.#parts.isUnlucky()) this.breakOff('the connection broke off (by chance)')
    this.#outgoing?.push({ kind: 'message', text })
    if (this.bufferedBytes > LIMITS.sessionBufferedBytes) this.#cut('the far end reads too slowly', 'closed')
  }

  onMessage(listener: (text: string) => void): void {
    this.#onMessage = listener
    this.#pumpIncoming()
  }

  onClose(listener: (end: ConnectionEnd) => void): void {
    this.#notice.listen(listener)
  }

  close(reason: string, how: 'closed' | 'left' = 'closed'): void {
    if (!this.#end(reason, how)) return
    this.#outgoing?.push({ kind: 'close', reason: fitReason(reason), how })
    this.#pumpIncoming()
  }

  /** Both ends at once, as when a process dies and its kernel says so. */
  breakOff(reason: string): void {
    for (const end of [this, this.#far]) {
      if (!end) continue
      end.#end(reason, 'closed')
      end.#outgoing?.shut()
    }
  }

  /** The link carries again. */
  pumpBoth(): void {
    this.#outgoing?.pump()
    this.#pumpIncoming()
  }

  #pumpIncoming(): void {
    if (this.#far) this.#far.#outgoing?.pump()
  }

  sendSign(): void {
    if (this.bufferedBytes === 0) this.#outgoing?.push({ kind: 'sign' })
  }

  ask(): void {
    const far = this.#far
    if (!far) return
    this.#sendDatagram(() => {
      far.#signsHeard += 1
      far.#sendDatagram(() => {
        this.#signsHeard += 1
        this.#answersHeard += 1
      })
    })
  }

  question(): void {
    this.ask()
  }

  expire(silentMs: number): void {
    this.#cut(`nothing was heard for ${Math.round(silentMs)} ms`, 'silent')
  }

  stall(stalledMs: number): void {
    this.#cut(`the connection moved nothing for ${Math.round(stalledMs)} ms while the far end was alive`, 'closed')
  }

  /** What is beside the connection shares the link's delay and losses, and nothing else. */
  #sendDatagram(arrive: () => void): void {
    const { clock, random, link } = this.#parts
    if (this.hasEnded || link.isCut || happens(link.faults.loss, random)) return
    clock.after(drawFrom(link.delayMs, random), arrive)
  }

  get #isReading(): boolean {
    return this.#onMessage !== undefined || this.hasEnded
  }

  /** This end is gone; the far one hears of it only if the link still carries anything. */
  #cut(reason: string, how: ConnectionEnd['how']): void {
    if (!this.#end(reason, how)) return
    this.#outgoing?.shut()
    const far = this.#far
    const { isCut, isStalled } = this.#parts.link
    if (far && !isCut && !isStalled) setImmediate(() => far.breakOff('the connection broke off'))
  }

  #receive(frame: Frame): void {
    this.#bytesHeard += frame.kind === 'message' ? frame.text.length + 1 : 1
    if (frame.kind === 'close') this.#end(frame.reason, frame.how)
    else if (frame.kind === 'message' && !this.hasEnded) this.#onMessage?.(frame.text)
  }

  #end(reason: string, how: ConnectionEnd['how']): boolean {
    if (!this.#notice.end({ how, reason, silentMs: this.hasEnded ? 0 : this.silentMs })) return false
    this.#parts.pulse.remove(this)
    return true
  }
}
