import { type Clock, type Logger, OakError, type Timer, toOakError } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import { type ContactRecord, contactRecords } from '../state.ts'
import type { ConnectionEvents } from './watched-transport.ts'

// What is written differs from the truth by this much at most: over a restart of the agent time ends so much sooner.
const WRITE_MS = 5_000
const LOOK_MS_MIN = 20
// After a start of the agent: long enough to hear of a cluster that is there, short beside the start of a machine.
const FIRST_WORD_MS = 3_000
// A wall clock is set back by this much in everyday life; by more, nobody can say how long the cluster was silent.
const SET_BACK_MS_MAX = 2_000

export interface ClusterContactDeps {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  /** Told of an instance for which the cluster's silence began or ceased to be too long. */
  readonly onChange: (instanceId: string) => void
  /** Told when the cluster was heard for the first time. */
  readonly onFirstWord: () => void
}

/**
 * Knows for how long the cluster has been silent, for instances that end themselves then (decision 10, `stop`).
 *
 * The cluster counts as heard when it has said something on the present connection: a connection alone may be one on
 * which an order to end an instance is still on its way. Counted on the monotonic clock; over a restart of the agent on the
 * wall clock, and when that cannot be, the silence counts as too long. Costs nothing while no instance asks for it.
 */
export class ClusterContact implements ConnectionEvents, Disposable {
  readonly #deps: ClusterContactDeps
  /** Instances that end themselves, each with the silence it bears, in milliseconds. */
  readonly #concerned = new Map<string, number>()
  readonly #overdue = new Set<string>()
  #ask: () => Promise<void> = () => Promise.reject(new OakError('unavailable', 'there is no session yet'))
  #heardMs = Number.NEGATIVE_INFINITY
  #isConnected = false
  #hasGreeted = false
  #hasSpoken = false
  #hasEverSpoken = false
  readonly #bornMs: number
  #connections = 0
  #isAsking = false
  /** When the cluster was last heard, as it is written down; and when that was last tried. */
  #writtenAtMs = Number.NaN
  #triedMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #isClosed = false

  constructor(deps: ClusterContactDeps) {
    this.#deps = deps
    this.#bornMs = deps.clock.monotonicMs()
  }

  /** Reads what is known from before this agent. To be called before anything else. */
  async load(): Promise<void> {
    const { store, clock } = this.#deps
    const record = await store.read((reader) => reader.get(contactRecords, 'cluster'))
    if (!record) return
    this.#writtenAtMs = record.heardAtMs
    this.#heardMs = clock.monotonicMs() - silenceSince(record, clock.wallMs())
  }

  /** @param ask resolves once the cluster has answered on the present connection */
  askBy(ask: () => Promise<void>): void {
    this.#ask = ask
  }

  /** Milliseconds since the cluster was last heard: 0 while it can be, infinite when nobody knows. */
  get silentMs(): number {
    const nowMs = this.#deps.clock.monotonicMs()
    if (this.#isHeard) this.#heardMs = nowMs
    return nowMs - this.#heardMs
  }

  /**
   * Milliseconds for which nothing is started yet: what was wanted when this machine went down may run elsewhere by now, and
   * be over. 0 once the cluster was heard, or has been given its chance.
   */
  get startsInMs(): number {
    return this.#hasEverSpoken ? 0 : Math.max(0, this.#bornMs + FIRST_WORD_MS - this.#deps.clock.monotonicMs())
  }

  connected(): void {
    this.#connections += 1
    this.#isConnected = true
    this.#hasGreeted = false
    this.#hasSpoken = false
  }

  greeted(): void {
    if (this.#hasGreeted) return
    this.#hasGreeted = true
    // Not from within the sending of the greeting: what is asked comes behind it.
    this.#lookAfter(0)
  }

  disconnected(silentMs: number): void {
    if (this.#isHeard) this.#heardMs = this.#deps.clock.monotonicMs() - silentMs
    this.#isConnected = false
    this.#look()
  }

  /** The cluster said something on the present connection that follows all that it had decided before. */
  heard(): void {
    if (this.#hasSpoken) return
    this.#hasSpoken = true
    this.#look()
    if (this.#hasEverSpoken) return
    this.#hasEverSpoken = true
    this.#deps.onFirstWord()
  }

  /** Says how much silence an instance bears before it ends itself; `undefined`: any, or it is gone. */
  concern(instanceId: string, bearsMs: number | undefined): void {
    if (bearsMs === undefined) {
      this.#concerned.delete(instanceId)
      this.#overdue.delete(instanceId)
    } else if (this.#concerned.get(instanceId) !== bearsMs) {
      this.#concerned.set(instanceId, bearsMs)
      this.#look()
    }
  }

  /** Writes down the time of a departure, so that the next agent counts from there. */
  async close(): Promise<void> {
    this[Symbol.dispose]()
    if (this.#concerned.size > 0 && this.silentMs === 0) await this.#write(this.#deps.clock.wallMs())
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  get #isHeard(): boolean {
    return this.#isConnected && this.#hasSpoken
  }

  #look(): void {
    const isAwaited = this.#isConnected && !this.#hasEverSpoken
    if (this.#isClosed || (this.#concerned.size === 0 && !isAwaited)) return
    const { silentMs } = this
    this.#tell(silentMs)
    if (this.#concerned.size > 0) this.#writeIfWrong(silentMs)
    if (silentMs > 0 && this.#isConnected && this.#hasGreeted) void this.#askNow()
    this.#lookAfter(this.#nextLookMs(silentMs))
  }

  #lookAfter(delayMs: number): void {
    this.#timer?.cancel()
    if (!this.#isClosed) this.#timer = this.#deps.clock.after(delayMs, () => this.#look())
  }

  #tell(silentMs: number): void {
    for (const [id, bearsMs] of this.#concerned) {
      const isOverdue = isTooLong(silentMs, bearsMs)
      if (isOverdue === this.#overdue.has(id)) continue
      if (isOverdue) this.#overdue.add(id)
      else this.#overdue.delete(id)
      this.#deps.onChange(id)
    }
  }

  #nextLookMs(silentMs: number): number {
    const left = [...this.#concerned.values()].map((bearsMs) => bearsMs - silentMs).filter((leftMs) => leftMs > 0)
    return Math.max(LOOK_MS_MIN, Math.min(WRITE_MS, ...left))
  }

  async #askNow(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    const connection = this.#connections
    try {
      await this.#ask()
      if (connection === this.#connections) this.heard()
    } catch (thrown) {
      this.#deps.logger.debug('the cluster did not answer', { err: toOakError(thrown).message })
    } finally {
      this.#isAsking = false
    }
  }

  /** Also when it was right once: a clock that was set makes it wrong. */
  #writeIfWrong(silentMs: number): void {
    const { clock } = this.#deps
    const heardAtMs = clock.wallMs() - silentMs
    if (!Number.isFinite(heardAtMs) || Math.abs(heardAtMs - this.#writtenAtMs) < WRITE_MS) return
    if (clock.monotonicMs() - this.#triedMs >= WRITE_MS) void this.#write(heardAtMs)
  }

  /** A write that fails makes time end sooner over a restart; that is all. */
  async #write(heardAtMs: number): Promise<void> {
    const { store, clock, logger } = this.#deps
    this.#triedMs = clock.monotonicMs()
    const record: ContactRecord = { id: 'cluster', heardAtMs }
    try {
      await store.write((writer) => writer.put(contactRecords, record))
      this.#writtenAtMs = heardAtMs
    } catch (thrown) {
      logger.debug('could not note when the cluster was heard', { err: toOakError(thrown).message })
    }
  }
}

/** True when an instance that bears `bearsMs` of silence has to end. */
export function isTooLong(silentMs: number, bearsMs: number): boolean {
  return silentMs > 0 && silentMs >= bearsMs
}

/** A wall clock that was set back by more than usual says nothing: then the silence counts as endless. */
function silenceSince({ heardAtMs }: ContactRecord, nowMs: number): number {
  const elapsedMs = nowMs - heardAtMs
  return elapsedMs < -SET_BACK_MS_MAX ? Number.POSITIVE_INFINITY : Math.max(0, elapsedMs)
}
