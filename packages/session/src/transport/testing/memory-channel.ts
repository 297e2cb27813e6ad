import { LIMITS, OakError } from '@oakestra/base'
import { CloseNotice, fitReason } from '../close-notice.ts'
import type { Beating, Pulse } from '../pulse.ts'
import type { Channel, Peer } from '../transport.ts'
import { type Frame, MemoryPipe, type PipeOptions } from './memory-pipe.ts'

export interface MemoryChannelParts extends Omit<PipeOptions, 'deliver' | 'canDeliver'> {
  readonly peer: Peer
  readonly pulse: Pulse
  /** Asked at every message: true loses it, and so breaks the channel. */
  isUnlucky(): boolean
}

/** One end of a channel that never leaves the process. */
export class MemoryChannel implements Channel, Beating {
  readonly peer: Peer
  readonly #parts: MemoryChannelParts
  readonly #notice = new CloseNotice()
  #outgoing: MemoryPipe | undefined
  #far: MemoryChannel | undefined
  #bytesHeard = 0
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
    if (this.bufferedBytes > LIMITS.sessionBufferedBytes) this.#cut('the far end reads too slowly')
  }

  onMessage(listener: (text: string) => void): void {
    this.#onMessage = listener
    this.#pumpIncoming()
  }

  onClose(listener: (reason: string) => void): void {
    this.#notice.listen(listener)
  }

  close(reason: string): void {
    if (!this.#end(reason)) return
    this.#outgoing?.push({ kind: 'close', reason: fitReason(reason) })
    this.#pumpIncoming()
  }

  /** Both ends at once, as when a process dies and its kernel says so. */
  breakOff(reason: string): void {
    for (const end of [this, this.#far]) {
      if (!end) continue
      end.#end(reason)
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

  expire(silentMs: number): void {
    this.#cut(`nothing was heard for ${Math.round(silentMs)} ms`)
  }

  get #isReading(): boolean {
    return this.#onMessage !== undefined || this.hasEnded
  }

  /** This end is gone; the far one hears of it only if the link still carries anything. */
  #cut(reason: string): void {
    if (!this.#end(reason)) return
    this.#outgoing?.shut()
    const far = this.#far
    if (far && !this.#parts.link.isCut) setImmediate(() => far.breakOff('the connection broke off'))
  }

  #receive(frame: Frame): void {
    this.#bytesHeard += frame.kind === 'message' ? frame.text.length + 1 : 1
    if (frame.kind === 'close') this.#end(frame.reason)
    else if (frame.kind === 'message' && !this.hasEnded) this.#onMessage?.(frame.text)
  }

  #end(reason: string): boolean {
    if (!this.#notice.end(reason)) return false
    this.#parts.pulse.remove(this)
    return true
  }
}
