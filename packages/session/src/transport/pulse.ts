import type { Clock, Timer } from '@oakestra/base'

/** A connection whose silence means something. */
export interface Beating {
  /** Grows with every byte received, also in the middle of a message. */
  readonly bytesHeard: number
  /** Lets the far end hear something. */
  sendSign(): void
  /** The far end was silent for a whole lease. */
  expire(silentMs: number): void
}

export interface PulseOptions {
  /** Each end sends a sign of life this often, whatever else it sends. */
  readonly pingMs: number
  /** An end that hears nothing for this long gives the connection up. */
  readonly leaseMs: number
  readonly clock: Clock
}

interface Hearing {
  bytes: number
  heardMs: number
}

const TICKS_PER_PING = 4

/**
 * Keeps connections alive and notices the ones that died without saying so: one timer for all of them, none while there are none.
 * Both ends send signs by themselves instead of answering each other's, and any byte counts, so that a large message
 * on a slow link does not look like silence (DESIGN 4 "Liveness").
 */
export class Pulse {
  readonly #options: PulseOptions
  readonly #hearings = new Map<Beating, Hearing>()
  #timer: Timer | undefined
  #tickedMs = 0
  #ticks = 0

  constructor(options: PulseOptions) {
    this.#options = options
  }

  add(connection: Beating): void {
    this.#hearings.set(connection, { bytes: connection.bytesHeard, heardMs: this.#options.clock.monotonicMs() })
    if (this.#timer) return
    this.#tickedMs = this.#options.clock.monotonicMs()
    this.#arm()
  }

  remove(connection: Beating): void {
    this.#hearings.delete(connection)
    if (this.#hearings.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  /** Milliseconds since the connection was last heard, never too much and up to a tick too little. */
  silentMs(connection: Beating): number {
    const hearing = this.#hearings.get(connection)
    if (!hearing) return 0
    this.#listen(connection, hearing)
    return this.#options.clock.monotonicMs() - hearing.heardMs
  }

  #arm(): void {
    this.#timer = this.#options.clock.after(this.#options.pingMs / TICKS_PER_PING, () => this.#tick())
  }

  #tick(): void {
    const nowMs = this.#options.clock.monotonicMs()
    const lateMs = Math.max(0, nowMs - this.#tickedMs - this.#options.pingMs / TICKS_PER_PING)
    this.#tickedMs = nowMs
    this.#ticks += 1
    this.#arm()
    for (const [connection, hearing] of this.#hearings) this.#check(connection, hearing, { nowMs, lateMs })
  }

  #check(connection: Beating, hearing: Hearing, { nowMs, lateMs }: { nowMs: number; lateMs: number }): void {
    // While this process itself stood still it could not hear anybody: suspect yourself first (DESIGN 2.4).
    hearing.heardMs += lateMs
    this.#listen(connection, hearing)
    const silentMs = nowMs - hearing.heardMs
    if (silentMs >= this.#options.leaseMs) connection.expire(silentMs)
    else if (this.#ticks % TICKS_PER_PING === 0) connection.sendSign()
  }

  #listen(connection: Beating, hearing: Hearing): void {
    if (connection.bytesHeard === hearing.bytes) return
    hearing.bytes = connection.bytesHeard
    hearing.heardMs = this.#options.clock.monotonicMs()
  }
}
