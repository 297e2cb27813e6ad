import type { Clock, Timer } from '@oakestra/base'
import type { Timing } from './timing.ts'

/** A connection whose silence means something. */
export interface Beating {
  /** Grows with every byte received over the connection itself, also in the middle of a message. */
  readonly bytesHeard: number
  /** Grows with every proven sign of the far end that came beside the connection. */
  readonly signsHeard: number
  /** Lets the far end hear something. */
  sendSign(): void
  /** Asks the far end beside the connection whether it lives; called each tick from half a lease of silence on. */
  ask(): void
  /** The far end was silent for a whole lease. */
  expire(silentMs: number): void
  /** The far end lives, but the connection has moved nothing for too long. */
  stall(stalledMs: number): void
}

export interface PulseOptions extends Timing {
  readonly clock: Clock
}

interface Hearing {
  bytes: number
  /** When the connection last moved a byte. */
  movedMs: number
  signs: number
  /** When anything was last heard, in whichever way. */
  heardMs: number
}

const TICKS_PER_PING = 4

/**
 * Keeps connections alive and notices the ones that died without saying so: one timer for all of them, none while there are none.
 * Both ends send signs by themselves instead of answering each other's, and any byte counts, so that a large message
 * on a slow link does not look like silence (DESIGN 4 "Liveness"). TCP rests for seconds after a few losses in a row, so
 * before an end is given up it is asked beside the connection (decision 2 "Signs of life").
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
    const nowMs = this.#options.clock.monotonicMs()
    const { bytesHeard: bytes, signsHeard: signs } = connection
    this.#hearings.set(connection, { bytes, movedMs: nowMs, signs, heardMs: nowMs })
    if (this.#timer) return
    this.#tickedMs = nowMs
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
    for (const [connection, hearing] of this.#hearings) {
      // While this process itself stood still it could not hear anybody: suspect yourself first (DESIGN 2.4).
      hearing.heardMs += lateMs
      hearing.movedMs += lateMs
      this.#check(connection, hearing, nowMs)
    }
  }

  #check(connection: Beating, hearing: Hearing, nowMs: number): void {
    const { leaseMs, stallMs } = this.#options
    this.#listen(connection, hearing)
    const silentMs = nowMs - hearing.heardMs
    const stalledMs = nowMs - hearing.movedMs
    if (silentMs >= leaseMs) return connection.expire(silentMs)
    if (stalledMs >= stallMs) return connection.stall(stalledMs)
    if (silentMs >= leaseMs / 2) connection.ask()
    if (this.#ticks % TICKS_PER_PING === 0) connection.sendSign()
  }

  #listen(connection: Beating, hearing: Hearing): void {
    const { bytesHeard, signsHeard } = connection
    if (bytesHeard === hearing.bytes && signsHeard === hearing.signs) return
    hearing.heardMs = this.#options.clock.monotonicMs()
    if (bytesHeard !== hearing.bytes) hearing.movedMs = hearing.heardMs
    hearing.bytes = bytesHeard
    hearing.signs = signsHeard
  }
}
