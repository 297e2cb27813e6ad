import type { Clock, Random, Timer } from '@oakestra/base'

/** What a link is like at the moment. */
export interface LinkConditions {
  /** Nothing gets through and nothing is lost, as while TCP sends again and again. */
  isCut: boolean
  delayMs: { readonly min: number; readonly max: number }
}

export type Frame =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'sign' }
  | { readonly kind: 'close'; readonly reason: string }

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

/** One direction of a channel: keeps order whatever the delays, never delivers in the turn of sending. */
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
    const { clock, random, link } = this.#options
    const delayMs = link.delayMs.min + (link.delayMs.max - link.delayMs.min) * random.next()
    this.#lastDueMs = Math.max(this.#lastDueMs, clock.monotonicMs() + delayMs)
    const bytes = frame.kind === 'message' ? Buffer.byteLength(frame.text) : 2
    this.#travelling.push({ frame, bytes, dueMs: this.#lastDueMs })
    this.#bufferedBytes += bytes
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
    if (this.#options.link.isCut) return false
    return next.frame.kind === 'sign' || this.#options.canDeliver()
  }
}
