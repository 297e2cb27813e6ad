import type { Timer } from '../clock.ts'

/** A call that waits for its time. */
export interface PendingCall {
  readonly atMs: number
  readonly callback: () => void
}

interface Entry extends PendingCall {
  /** Of two for the same time, the one that was made first runs first. */
  readonly order: number
  isCancelled: boolean
}

/** Cancelled entries that may wait for their turn to be dropped, before all are swept out at once. */
const CANCELLED_MAX = 1_000

/** Timers by time: adding and taking cost little however many there are, so that thousands of agents share one clock. */
export class TimerHeap {
  #entries: Entry[] = []
  #order = 0
  #cancelled = 0

  add(atMs: number, callback: () => void): Timer {
    this.#order += 1
    const entry: Entry = { atMs, callback, order: this.#order, isCancelled: false }
    this.#entries.push(entry)
    this.#rise(this.#entries.length - 1)
    return { cancel: () => this.#cancel(entry) }
  }

  /** Takes the first one that is due by then. */
  takeDue(byMs: number): PendingCall | undefined {
    for (let first = this.#entries[0]; first && first.atMs <= byMs; first = this.#entries[0]) {
      this.#removeFirst()
      if (!first.isCancelled) {
        // Calling off what already ran does nothing.
        first.isCancelled = true
        return first
      }
      this.#cancelled -= 1
    }
    return undefined
  }

  #cancel(entry: Entry): void {
    if (entry.isCancelled) return
    entry.isCancelled = true
    this.#cancelled += 1
    if (this.#cancelled > CANCELLED_MAX && this.#cancelled * 2 > this.#entries.length) this.#sweep()
  }

  #sweep(): void {
    // A sorted array is a heap.
    this.#entries = this.#entries.filter(({ isCancelled }) => !isCancelled).sort((a, b) => (isBefore(a, b) ? -1 : 1))
    this.#cancelled = 0
  }

  #removeFirst(): void {
    const last = this.#entries.pop()
    if (last === undefined || this.#entries.length === 0) return
    this.#entries[0] = last
    this.#sink(0)
  }

  #rise(from: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfBefore(at, parent)) return
      at = parent
    }
  }

  #sink(from: number): void {
    let at = from
    for (;;) {
      const child = this.#earlierChild(at)
      if (child === undefined || !this.#swapIfBefore(child, at)) return
      at = child
    }
  }

  #earlierChild(at: number): number | undefined {
    const left = this.#entries[2 * at + 1]
    const right = this.#entries[2 * at + 2]
    if (!left) return undefined
    return right && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
  }

  /** Swaps the entry at `low` with the one above it at `high` when it is earlier; tells whether it did. */
  #swapIfBefore(low: number, high: number): boolean {
    const [below, above] = [this.#entries[low], this.#entries[high]]
    if (!below || !above || !isBefore(below, above)) return false
    this.#entries[low] = above
    this.#entries[high] = below
    return true
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)
}
