import type { Clock } from '@oakestra/base'

interface Outage {
  readonly fromMs: number
  toMs: number
  causes: number
}

/** When each part could not be reached by its parent, or was not running: what justifies that others took over. */
export class Outages {
  readonly #clock: Pick<Clock, 'monotonicMs'>
  readonly #outages = new Map<string, Outage[]>()

  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock
  }

  /** Several causes may overlap; the outage ends with the last. */
  begin(name: string): void {
    const known = this.#outages.get(name) ?? []
    const last = known.at(-1)
    if (last && last.causes > 0) last.causes += 1
    else known.push({ fromMs: this.#clock.monotonicMs(), toMs: Number.POSITIVE_INFINITY, causes: 1 })
    this.#outages.set(name, known)
  }

  end(name: string): void {
    const last = this.#outages.get(name)?.at(-1)
    if (!last || last.causes === 0) return
    last.causes -= 1
    if (last.causes === 0) last.toMs = this.#clock.monotonicMs()
  }

  /** The longest outage up to now that was not over by `sinceMs`, in milliseconds. */
  longestMs(name: string, sinceMs: number): number {
    const nowMs = this.#clock.monotonicMs()
    const relevant = (this.#outages.get(name) ?? []).filter(({ toMs }) => toMs >= sinceMs)
    return Math.max(0, ...relevant.map(({ fromMs, toMs }) => Math.min(toMs, nowMs) - fromMs))
  }
}
