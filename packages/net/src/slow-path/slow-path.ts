import { type Clock, type Logger, toOakError } from '@oakestra/base'
import { destinationOf } from './destination.ts'

/** What waits, each with what would break beyond it. */
export const SLOW_PATH_LIMITS = {
  /** Per destination: what a burst of first packets needs; TCP sends one and waits. */
  packets: 64,
  /** Per destination, so that all together hold 64 MiB at worst. */
  bytes: 64 * 1024,
  /** Asked for at the same time: whoever scans the range costs the others no memory, only the oldest wait. */
  destinations: 1_024,
  /** An asker gets no answer for so long: whoever still wants to connect sends again, and is asked for again. */
  waitMs: 10_000,
} as const

/** The way in and out of the kernel, real or pretended. */
export interface SlowPathDevice {
  /** Calls `receive` with each packet from now on. */
  start(receive: (packet: Uint8Array) => void): void
  /** Lets a packet enter the kernel again; one that the kernel refuses is lost. Never throws. */
  reinject(packet: Uint8Array): void
  /** Makes the kernel refuse packets to an address for two seconds. Never throws. */
  deny(address: string): void
  close(): Promise<void>
}

export interface SlowPathOptions {
  readonly device: SlowPathDevice
  readonly clock: Clock
  readonly logger: Logger
  /**
   * Asks whose an address is. True once the network knows it, applied; false when nobody has it. What it throws is no
   * answer: the packets are lost, and the next one asks again. It should stop when the signal is aborted.
   */
  readonly resolve: (address: string, signal: AbortSignal) => Promise<boolean>
}

/** Counted since the start. */
export interface SlowPathStats {
  readonly asked: number
  readonly reinjected: number
  readonly dropped: number
  /** Destinations that wait now. */
  readonly waiting: number
}

interface Waiting {
  readonly packets: Uint8Array[]
  readonly abort: AbortController
  bytes: number
}

/**
 * Keeps the first packets to unknown addresses while somebody is asked, one question per address at a time, and none waits
 * for another (`reference/network.md` 10.6). Garbage is dropped and counted.
 */
export class SlowPath implements AsyncDisposable {
  readonly #options: SlowPathOptions
  readonly #waiting = new Map<string, Waiting>()
  #asked = 0
  #reinjected = 0
  #dropped = 0
  #isClosed = false

  constructor(options: SlowPathOptions) {
    this.#options = options
    options.device.start((packet) => this.#receive(packet))
  }

  get stats(): SlowPathStats {
    return { asked: this.#asked, reinjected: this.#reinjected, dropped: this.#dropped, waiting: this.#waiting.size }
  }

  /** Forgets what waits. From here on the kernel refuses unknown addresses by itself. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    for (const { abort } of this.#waiting.values()) abort.abort()
    this.#waiting.clear()
    await this.#options.device.close()
  }

  #receive(packet: Uint8Array): void {
    const destination = destinationOf(packet)
    if (destination === undefined || this.#isClosed) {
      this.#dropped++
      return
    }
    const known = this.#waiting.get(destination)
    if (known) return this.#park(known, packet)
    this.#makeRoom()
    const waiting: Waiting = { packets: [], abort: new AbortController(), bytes: 0 }
    this.#waiting.set(destination, waiting)
    this.#park(waiting, packet)
    void this.#ask(destination, waiting)
  }

  /** The oldest packets go first: whoever sent them has most likely sent them again. */
  #park(waiting: Waiting, packet: Uint8Array): void {
    waiting.packets.push(packet)
    waiting.bytes += packet.length
    while (waiting.packets.length > SLOW_PATH_LIMITS.packets || waiting.bytes > SLOW_PATH_LIMITS.bytes) {
      waiting.bytes -= waiting.packets.shift()?.length ?? 0
      this.#dropped++
    }
  }

  #makeRoom(): void {
    const [oldest] = this.#waiting
    if (!oldest || this.#waiting.size < SLOW_PATH_LIMITS.destinations) return
    this.#giveUp(...oldest)
  }

  #giveUp(destination: string, waiting: Waiting): void {
    if (!this.#take(destination, waiting)) return
    waiting.abort.abort()
    this.#dropped += waiting.packets.length
  }

  async #ask(destination: string, waiting: Waiting): Promise<void> {
    const { clock, device, logger, resolve } = this.#options
    this.#asked++
    const timer = clock.after(SLOW_PATH_LIMITS.waitMs, () => this.#giveUp(destination, waiting))
    try {
      const isKnown = await resolve(destination, waiting.abort.signal)
      if (!this.#take(destination, waiting)) return
      if (!isKnown) device.deny(destination)
      // Where nobody has the address, the kernel tells the sender.
      for (const packet of waiting.packets) device.reinject(packet)
      this.#reinjected += waiting.packets.length
    } catch (thrown) {
      if (waiting.abort.signal.aborted) return
      logger.debug('could not ask whose an address is', { address: destination, error: toOakError(thrown).message })
      this.#giveUp(destination, waiting)
    } finally {
      timer.cancel()
    }
  }

  /** False when it was given up before, and another may wait in its place. */
  #take(destination: string, waiting: Waiting): boolean {
    if (this.#waiting.get(destination) !== waiting) return false
    return this.#waiting.delete(destination)
  }
}
