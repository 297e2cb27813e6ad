import type { Clock, Random, Timer } from '@oakestra/base'
import { drawFrom, happens, type LinkConditions } from './link-conditions.ts'

export type Frame =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'sign' }
  | { readonly kind: 'close'; readonly reason: string; readonly how: 'closed' | 'left' }

export interface PipeOptions {
  readonly clock: Clock
  readonly random: Random
  readonly link: LinkConditions
  /** False while the far end does not read. */
  canDeliver(): boolean
  deliver(frame: Frame): void
}

interface Travelling {
  readonly frame: Frame
  readonly bytes: number
  readonly dueMs: number
}

// A message that comes late lets others overtake it for so long.
const LATE_MS = { min: 5, max: 50 }

/** One direction of a channel: keeps order whatever the delays, unless the link has faults; never delivers in the turn of sending. */
export class MemoryPipe {
  readonly #options: PipeOptions
  readonly #travelling: Travelling[] = []
  #bufferedBytes = 0
  #lastDueMs = 0
  #timer: Timer | undefined
  #isScheduled = false
  #isShut = false

  constructor(options: PipeOptions) {
    this.#options = options
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  push(frame: Frame): void {
    if (this.#isShut) return
    const { random, link } = this.#options
    const { loss, repetition } = frame.kind === 'message' ? link.faults : { loss: 0, repetition: 0 }
    if (happens(loss, random)) return
    this.#enter(frame)
    if (happens(repetition, random)) this.#enter(frame)
    this.pump()
  }

  /** Looks again: time went on, the link is back, or the far end reads. */
  pump(): void {
    if (this.#isScheduled || this.#isShut) return
    const [next] = this.#travelling
    if (!next || !this.#isOpen(next)) return
    this.#isScheduled = true
    const waitMs = next.dueMs - this.#options.clock.monotonicMs()
    // No delay needs no timer, so that thousands of channels on a virtual clock stay quick.
    if (waitMs <= 0) setImmediate(() => this.#run())
    else this.#timer = this.#options.clock.after(waitMs, () => this.#run())
  }

  /** Whatever still travels is lost. */
  shut(): void {
    this.#isShut = true
    this.#timer?.cancel()
    this.#travelling.length = 0
    this.#bufferedBytes = 0
  }

  #enter(frame: Frame): void {
    const bytes = frame.kind === 'message' ? Buffer.byteLength(frame.text) : 2
    this.#bufferedBytes += bytes
    const entry = { frame, bytes, dueMs: this.#dueMs(frame) }
    let at = this.#travelling.length
    while (at > 0 && (this.#travelling[at - 1]?.dueMs ?? 0) > entry.dueMs) at -= 1
    this.#travelling.splice(at, 0, entry)
  }

  #dueMs(frame: Frame): number {
    const { clock, random, link } = this.#options
    const dueMs = Math.max(this.#lastDueMs, clock.monotonicMs() + drawFrom(link.delayMs, random))
    if (frame.kind === 'message' && happens(link.faults.reordering, random)) return dueMs + drawFrom(LATE_MS, random)
    this.#lastDueMs = dueMs
    return dueMs
  }

  #run(): void {
    this.#isScheduled = false
    const nowMs = this.#options.clock.monotonicMs()
    for (let next = this.#travelling[0]; next && !this.#isShut; next = this.#travelling[0]) {
      if (next.dueMs > nowMs || !this.#isOpen(next)) break
      this.#travelling.shift()
      this.#bufferedBytes -= next.bytes
      this.#options.deliver(next.frame)
    }
    this.pump()
  }

  #isOpen(next: Travelling): boolean {
    const { link } = this.#options
    if (link.isCut || link.isStalled) return false
    return next.frame.kind === 'sign' || this.#options.canDeliver()
  }
}
