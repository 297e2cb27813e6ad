import type { Clock, Timer } from '@oakestra/base'

/**
 * How a child's connection ended: `silent`, nothing was heard for a lease; `closed`, it broke off or the process died;
 * `left`, the child said that it goes.
 */
export type Departure = 'silent' | 'closed' | 'left'

/** `away`: not connected, and it is too early to say more. `lost`: what it had may be started elsewhere. */
export type Presence = 'here' | 'away' | 'lost'

export interface LivenessOptions {
  readonly clock: Clock
  /** How long a child may be away before it is lost, by how it went; `unseen`: not heard of since this parent started. */
  readonly graceMs: Readonly<Record<Departure | 'unseen', number>>
  readonly brake: Brake
  /** Told when a child's presence, or what it means for others, may have changed. */
  readonly onChange: (childId: string) => void
}

/**
 * When everything looks dead at once, it is more likely that this parent's own link is (DESIGN 2.4): while at least
 * `least` children, and more than `fraction` of all, are gone, none is given up before `holdMs` after the first of them went.
 */
export interface Brake {
  readonly fraction: number
  readonly least: number
  readonly holdMs: number
}

interface Entry {
  awaySinceMs: number | undefined
  graceMs: number
  isLost: boolean
  /** This parent could not have heard of it yet: it just started, or could take no note of anybody. */
  isUnseen: boolean
  /** Not to be given up before, whatever its grace. */
  heldUntilMs: number
}

// A child that lives is back by then: the longest pause between two tries to connect (10 s), and a try that hangs (5 s).
const RETURN_MS = 16_000

/** Which of a parent's children are here, and which have been away for too long. In memory: a new parent starts to wait anew. */
export class Liveness {
  readonly #options: LivenessOptions
  readonly #entries = new Map<string, Entry>()
  #timer: Timer | undefined

  constructor(options: LivenessOptions) {
    this.#options = options
  }

  /** A child that belongs to this parent; it counts as away until it arrives. Expecting one that is known does nothing. */
  expect(childId: string): void {
    if (this.#entries.has(childId)) return
    const graceMs = this.#options.graceMs.unseen
    this.#entries.set(childId, { awaySinceMs: this.#nowMs, graceMs, isLost: false, isUnseen: true, heldUntilMs: 0 })
    this.#arm()
  }

  arrived(childId: string): void {
    const wasBraking = this.isBraking
    const wasAlone = this.#hereCount() === 0
    this.#entries.set(childId, { awaySinceMs: undefined, graceMs: 0, isLost: false, isUnseen: false, heldUntilMs: 0 })
    if (wasAlone) this.#holdOthers([...this.#entries])
    else if (wasBraking && !this.isBraking) this.#holdOthers([...this.#entries].filter(([, { isLost }]) => !isLost))
    this.#options.onChange(childId)
    this.#look()
  }

  /** @param silentMs for how long nothing had been heard when the connection ended */
  departed(childId: string, how: Departure, silentMs = 0): void {
    const entry = this.#entries.get(childId)
    if (!entry || entry.awaySinceMs !== undefined) return
    entry.awaySinceMs = this.#nowMs - silentMs
    entry.graceMs = this.#options.graceMs[how]
    this.#options.onChange(childId)
    this.#look()
  }

  /**
   * This parent could take no note of a child that is there, as when its disk is full. That is no sign against anybody: all
   * who are away and not lost are waited for as after a start.
   */
  beginAnew(): void {
    for (const entry of this.#pending()) {
      entry.awaySinceMs = this.#nowMs
      entry.graceMs = Math.max(entry.graceMs, this.#options.graceMs.unseen)
      entry.isUnseen = true
    }
    this.#arm()
  }

  forget(childId: string): void {
    this.#entries.delete(childId)
  }

  /** A child that nobody expects is lost. */
  presence(childId: string): Presence {
    const entry = this.#entries.get(childId)
    if (!entry || entry.isLost) return 'lost'
    return entry.awaySinceMs === undefined ? 'here' : 'away'
  }

  /** True while this parent has not heard of a child since it started, and a child that lives may not have returned yet. */
  isUnheard(childId: string): boolean {
    const entry = this.#entries.get(childId)
    if (!entry?.isUnseen || entry.isLost || entry.awaySinceMs === undefined) return false
    return this.#nowMs - entry.awaySinceMs < RETURN_MS
  }

  /** Milliseconds since the child was last heard of; undefined while it is here. */
  awayMs(childId: string): number | undefined {
    const since = this.#entries.get(childId)?.awaySinceMs
    return since === undefined ? undefined : this.#nowMs - since
  }

  /**
   * Milliseconds until what this child has may be started elsewhere; 0 for now, undefined while it is here.
   * @param afterMs what a service wants instead of the parent's own grace
   */
  patienceMs(childId: string, afterMs?: number): number | undefined {
    const entry = this.#entries.get(childId)
    if (!entry) return 0
    if (entry.awaySinceMs === undefined) return undefined
    const leastMs = entry.isUnseen ? Math.min(RETURN_MS, this.#options.graceMs.unseen) : 0
    const dueMs = Math.max(entry.heldUntilMs, entry.awaySinceMs + Math.max(leastMs, afterMs ?? entry.graceMs))
    const heldMs = entry.isLost ? 0 : this.#brakedUntilMs()
    return Math.max(0, dueMs - this.#nowMs, heldMs - this.#nowMs)
  }

  /** True while so many are gone that this parent suspects itself. */
  get isBraking(): boolean {
    return this.#brakedUntilMs() > this.#nowMs
  }

  close(): void {
    this.#timer?.cancel()
    this.#entries.clear()
  }

  get #nowMs(): number {
    return this.#options.clock.monotonicMs()
  }

  /**
   * The first child after nobody, or after so many were gone that this parent suspected itself, shows that its own link was cut:
   * the others have the time that those who live need to return, before what they have is started on the one that was quicker.
   */
  #holdOthers(entries: readonly (readonly [string, Entry])[]): void {
    const others = entries.filter(([, { awaySinceMs }]) => awaySinceMs !== undefined)
    const heldUntilMs = this.#nowMs + Math.min(RETURN_MS, this.#options.graceMs.unseen)
    const returned = others.filter(([, { isLost }]) => isLost)
    for (const [, entry] of others) Object.assign(entry, { heldUntilMs, isLost: false })
    for (const [childId] of returned) this.#options.onChange(childId)
  }

  #hereCount(): number {
    return [...this.#entries.values()].filter((entry) => entry.awaySinceMs === undefined).length
  }

  #pending(): readonly Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.awaySinceMs !== undefined && !entry.isLost)
  }

  #brakedUntilMs(): number {
    const { fraction, least, holdMs } = this.#options.brake
    const pending = this.#pending()
    if (pending.length < least || pending.length <= fraction * (pending.length + this.#hereCount())) return 0
    return Math.min(...pending.map((entry) => entry.awaySinceMs ?? 0)) + holdMs
  }

  #look(): void {
    const brakedUntilMs = this.#brakedUntilMs()
    if (brakedUntilMs <= this.#nowMs) {
      for (const [childId, entry] of this.#entries) if (this.#isDue(entry)) this.#lose(childId, entry)
    }
    this.#arm()
  }

  #isDue(entry: Entry): boolean {
    return !entry.isLost && dueMsOf(entry) <= this.#nowMs
  }

  #lose(childId: string, entry: Entry): void {
    entry.isLost = true
    this.#options.onChange(childId)
  }

  /** One timer for all: the next child that may be due, not before the brake is off. */
  #arm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const pending = this.#pending()
    if (pending.length === 0) return
    const firstDueMs = Math.min(...pending.map(dueMsOf))
    const atMs = Math.max(firstDueMs, this.#brakedUntilMs())
    this.#timer = this.#options.clock.after(Math.max(1, atMs - this.#nowMs), () => this.#look())
  }
}

/** When a child is lost, unless it returns or the brake holds; never while it is here. */
function dueMsOf({ awaySinceMs, graceMs, heldUntilMs }: Entry): number {
  return awaySinceMs === undefined ? Number.POSITIVE_INFINITY : Math.max(awaySinceMs + graceMs, heldUntilMs)
}
