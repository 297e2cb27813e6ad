import { type Clock, type Logger, type Timer, toOakError } from '@oakestra/base'
import type { Interest } from '@oakestra/model'
import type { ObservedSource } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import { INTEREST_KIND, interestItemId, overlaySubject } from '@oakestra/wire'
import { interestRecords } from '../state.ts'

// The kernel is asked who is used; what nobody has used for so long is asked for again when somebody does.
const LOOK_MS = 60_000
const UNUSED_MS = 300_000
// As many services as one node can hold tables of without its agent getting slow; beyond it the one unused for longest goes.
const INTERESTS_MAX = 10_000

export interface InterestsDeps {
  readonly store: Store
  readonly clock: Clock
  readonly logger: Logger
  /** Which services somebody on this node uses, of these and of all that it was told of; `undefined`: nobody can tell. */
  readonly inUse: (serviceIds: readonly string[]) => Promise<ReadonlySet<string> | undefined>
}

/**
 * Services that something on this node asked for by address, beside those of its applications. They are told to the cluster as
 * long as the kernel sees connections of theirs, however idle, and for some minutes longer.
 */
export class Interests implements ObservedSource, Disposable {
  readonly #deps: InterestsDeps
  /** When each was last known to be used, on the monotonic clock; those used last come last. */
  readonly #usedMs = new Map<string, number>()
  readonly #listeners = new Set<(id: string) => void>()
  /** Of interest whether or not somebody here uses them: this node publishes them. */
  #held: ReadonlySet<string> = new Set()
  #timer: Timer | undefined
  #isClosed = false

  constructor(deps: InterestsDeps) {
    this.#deps = deps
  }

  /** Takes over what was of interest before this agent. To be called before anything else. */
  async load(): Promise<void> {
    const records = await this.#deps.store.read((reader) => reader.list(interestRecords))
    for (const { serviceId } of records) this.#touch(serviceId)
    this.#schedule()
  }

  get services(): readonly string[] {
    return [...this.#usedMs.keys()]
  }

  /** Notes that something asked for a service. The cluster hears of it. */
  async add(serviceId: string): Promise<void> {
    const isNew = !this.#usedMs.has(serviceId)
    this.#touch(serviceId)
    if (!isNew) return
    await this.#deps.store.write((writer) => writer.put(interestRecords, { serviceId }))
    this.#changed(serviceId)
    this.#schedule()
    const [oldest] = this.#usedMs.keys()
    if (this.#usedMs.size > INTERESTS_MAX && oldest !== undefined) await this.#drop([oldest])
  }

  /** Services that are of interest until the next call, besides those that are used. */
  hold(serviceIds: readonly string[]): void {
    const [before, now] = [this.#held, new Set(serviceIds)]
    this.#held = now
    for (const serviceId of new Set([...before, ...now])) {
      if (before.has(serviceId) !== now.has(serviceId) && !this.#usedMs.has(serviceId)) this.#changed(serviceId)
    }
  }

  async ids(): Promise<readonly string[]> {
    return [...new Set([...this.services, ...this.#held])].map(interestItemId)
  }

  async get(id: string): Promise<Interest | undefined> {
    const { kind, id: serviceId = '' } = overlaySubject(id) ?? {}
    if (kind !== INTEREST_KIND) return undefined
    return this.#usedMs.has(serviceId) || this.#held.has(serviceId) ? { kind: INTEREST_KIND, serviceId } : undefined
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#timer?.cancel()
  }

  #touch(serviceId: string): void {
    this.#usedMs.delete(serviceId)
    this.#usedMs.set(serviceId, this.#deps.clock.monotonicMs())
  }

  #changed(serviceId: string): void {
    for (const listener of this.#listeners) listener(interestItemId(serviceId))
  }

  #schedule(): void {
    if (this.#isClosed || this.#timer) return
    this.#timer = this.#deps.clock.after(LOOK_MS, () => void this.#look())
  }

  async #look(): Promise<void> {
    try {
      await this.#expire()
    } catch (thrown) {
      this.#deps.logger.debug('could not look which services are used', { err: toOakError(thrown).message })
    }
    this.#timer = undefined
    this.#schedule()
  }

  async #expire(): Promise<void> {
    const used = await this.#deps.inUse(this.services)
    if (!used || this.#isClosed) return
    // What was told unasked is asked for as well while it is used: one day it may not be told unasked.
    for (const serviceId of used) await this.add(serviceId)
    const nowMs = this.#deps.clock.monotonicMs()
    await this.#drop([...this.#usedMs].flatMap(([serviceId, usedMs]) => (nowMs - usedMs >= UNUSED_MS ? [serviceId] : [])))
  }

  async #drop(serviceIds: readonly string[]): Promise<void> {
    if (serviceIds.length === 0) return
    await this.#deps.store.write(async (writer) => {
      for (const serviceId of serviceIds) await writer.remove(interestRecords, serviceId)
    })
    for (const serviceId of serviceIds) {
      this.#usedMs.delete(serviceId)
      this.#changed(serviceId)
    }
  }
}
