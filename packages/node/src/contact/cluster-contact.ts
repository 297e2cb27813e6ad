import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import type { Store } from '@oakestra/store'
import { type ContactRecord, contactRecords } from '../state.ts'
import type { InboxEvents } from './watched-inbox.ts'

// Instances that end themselves are looked at this often; their times are seconds.
const LOOK_MS = 1_000
const LOOK_MS_MIN = 20
// What is written is older than the truth by this much at most, so over a restart of the agent time ends sooner, never later.
const WRITE_MS = 5_000
// A wall clock is set back by this much in everyday life; by more, nobody can say how long the cluster was silent.
const SET_BACK_MS_MAX = 2_000

/** The present connection, as far as it is known here. */
export interface ClusterLink {
  isConnected(): boolean
  /** Resolves once the cluster has answered something on the present connection. Rejects when it did not. */
  ask(): Promise<void>
}

export interface ClusterContactDeps {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  /** Told of an instance for which the cluster's silence began or ceased to be too long. */
  readonly onChange: (instanceId: string) => void
}

/**
 * Knows for how long the cluster has been silent, for instances that end themselves then (decision 10, `stop`).
 *
 * The cluster counts as heard when it has said something on the present connection: a connection alone may be one on
 * which an order to end an instance is still on its way. Counted on the monotonic clock; over a restart of the agent on the
 * wall clock, and when that cannot be, the silence counts as too long. Costs nothing while no instance asks for it.
 */
export class ClusterContact implements InboxEvents, Disposable {
  readonly #deps: ClusterContactDeps
  /** Instances that end themselves, each with the silence it bears, in milliseconds. */
  readonly #concerned = new Map<string, number>()
  readonly #overdue = new Set<string>()
  #link: ClusterLink = { isConnected: () => false, ask: () => Promise.resolve() }
  #heardMs = Number.NEGATIVE_INFINITY
  #hasSpoken = false
  #hasGreeted = false
  #connections = 0
  #isAsking = false
  #writtenMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined
  #isClosed = false

  constructor(deps: ClusterContactDeps) {
    this.#deps = deps
  }

  /** Reads what is known from before this agent. To be called before anything else. */
  async load(): Promise<void> {
    const { store, clock } = this.#deps
    const record = await store.read((reader) => reader.get(contactRecords, 'cluster'))
    if (record) this.#heardMs = clock.monotonicMs() - silenceSince(record, clock.wallMs())
  }

  use(link: ClusterLink): void {
    this.#link = link
  }

  /** Milliseconds since the cluster was last heard: 0 while it can be, infinite when nobody knows. */
  get silentMs(): number {
    const nowMs = this.#deps.clock.monotonicMs()
    if (this.#isHeard) this.#heardMs = nowMs
    return nowMs - this.#heardMs
  }

  connected(): void {
    // What was heard up to here was heard over the connection before.
    this.#connections += 1
    this.#hasSpoken = false
    this.#hasGreeted = false
  }

  /** This node has said who it is on the present connection: from now on it may ask. */
  greeted(): void {
    this.#hasGreeted = true
  }

  heard(): void {
    if (this.#hasSpoken) return
    this.#hasSpoken = true
    this.#look()
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
    const wasHeard = this.silentMs === 0
    this[Symbol.dispose]()
    if (wasHeard && this.#concerned.size > 0) await this.#write()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  get #isHeard(): boolean {
    return this.#hasSpoken && this.#link.isConnected()
  }

  #look(): void {
    this.#timer?.cancel()
    if (this.#isClosed || this.#concerned.size === 0) return
    const { silentMs } = this
    this.#tell(silentMs)
    if (silentMs === 0 && this.#deps.clock.monotonicMs() - this.#writtenMs >= WRITE_MS) void this.#write()
    if (silentMs > 0 && this.#link.isConnected() && this.#hasGreeted) void this.#ask()
    this.#timer = this.#deps.clock.after(this.#nextLookMs(silentMs), () => this.#look())
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
    if (silentMs === 0) return LOOK_MS
    const left = [...this.#concerned.values()].map((bearsMs) => bearsMs - silentMs).filter((leftMs) => leftMs > 0)
    return Math.max(LOOK_MS_MIN, Math.min(LOOK_MS, ...left))
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    const connection = this.#connections
    try {
      await this.#link.ask()
      if (connection === this.#connections) this.heard()
    } catch (thrown) {
      this.#deps.logger.debug('the cluster did not answer', { err: toOakError(thrown).message })
    } finally {
      this.#isAsking = false
    }
  }

  /** A write that fails makes time end sooner over a restart; that is all. */
  async #write(): Promise<void> {
    const { store, clock, logger } = this.#deps
    this.#writtenMs = clock.monotonicMs()
    const record: ContactRecord = { id: 'cluster', heardAtMs: clock.wallMs() }
    try {
      await store.write((writer) => writer.put(contactRecords, record))
    } catch (thrown) {
      logger.warn('could not note when the cluster was heard', { err: toOakError(thrown).message })
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
