import type { Resolution, SeriesPage } from './series.ts'

/** The page of a series that is being written. */
export class OpenPage {
  readonly #resolution: Resolution
  readonly #pageMs: number
  readonly #kind: 'gauge' | 'counter'
  readonly startMs: number
  readonly #values: (number | null)[]
  /** What came within the present step, for its mean. */
  #step = -1
  #sum = 0
  #count = 0

  constructor(resolution: Resolution, kind: 'gauge' | 'counter', atMs: number, before?: SeriesPage) {
    this.#resolution = resolution
    this.#pageMs = resolution.stepMs * resolution.stepsPerPage
    this.#kind = kind
    this.startMs = pageStart(resolution, atMs)
    this.#values = [...(before?.values ?? [])]
  }

  /** True for a time that belongs to another page. */
  isOver(atMs: number): boolean {
    return atMs < this.startMs || atMs >= this.startMs + this.#pageMs
  }

  /** A gauge is kept as its mean over a step, a counter as its last value. */
  add(atMs: number, value: number): void {
    const step = Math.floor((atMs - this.startMs) / this.#resolution.stepMs)
    if (step !== this.#step) [this.#step, this.#sum, this.#count] = [step, 0, 0]
    this.#sum += value
    this.#count += 1
    while (this.#values.length < step) this.#values.push(null)
    this.#values[step] = this.#kind === 'gauge' ? this.#sum / this.#count : value
  }

  page(series: string): SeriesPage {
    return { series, resolution: this.#resolution.name, startMs: this.startMs, values: [...this.#values] }
  }
}

export function pageStart({ stepMs, stepsPerPage }: Resolution, atMs: number): number {
  const pageMs = stepMs * stepsPerPage
  return Math.floor(atMs / pageMs) * pageMs
}
