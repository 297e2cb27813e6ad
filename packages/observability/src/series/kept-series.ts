import type { MetricFamily } from '@oakestra/base'
import { OpenPage } from './open-page.ts'
import { RESOLUTIONS, type Resolution, type SeriesHead, type SeriesPage } from './series.ts'

const SCALES = Object.values(RESOLUTIONS)
// While nothing can be written: an hour of the finer scale.
const OVER_MAX = 6

/** What of a series is to be written for good. */
export interface Due {
  readonly head: SeriesHead | undefined
  readonly pages: readonly OpenPage[]
}

/** One series while it is fed: what it is of, its pages that go on, and those that are over and wait to be written. */
export class KeptSeries {
  #head: SeriesHead
  #lastMs: number
  #isHeadWritten: boolean
  readonly #open = new Map<Resolution['name'], OpenPage>()
  #over: readonly OpenPage[] = []

  private constructor(head: SeriesHead, isHeadWritten: boolean) {
    this.#head = head
    this.#lastMs = head.lastMs
    this.#isHeadWritten = isHeadWritten
  }

  static begin(head: SeriesHead): KeptSeries {
    return new KeptSeries(head, false)
  }

  /** @param pages those that went on when it was written, at most one of each scale */
  static resume(head: SeriesHead, pages: readonly SeriesPage[]): KeptSeries {
    const series = new KeptSeries(head, true)
    for (const page of pages) series.#open.set(page.resolution, new OpenPage(RESOLUTIONS[page.resolution], head.kind, page.startMs, page))
    return series
  }

  get head(): SeriesHead {
    return this.#head
  }

  /** When it was measured last. */
  get lastMs(): number {
    return this.#lastMs
  }

  /** @param family as it is called now: another version of the program may say it in other words */
  add(atMs: number, value: number, { kind, help }: MetricFamily): void {
    this.#lastMs = atMs
    if (this.#head.help !== help || this.#head.kind !== kind) this.#rename({ ...this.#head, kind, help })
    this.#closePages(atMs)
    for (const resolution of SCALES) this.#pageOf(resolution, atMs).add(atMs, value)
  }

  /** Pages as they are now that are not written for good. */
  unwritten(): readonly SeriesPage[] {
    return [...this.#over, ...this.#open.values()].map((page) => page.page(this.#head.id))
  }

  /** Pages as they are now that go on. */
  open(): readonly SeriesPage[] {
    return [...this.#open.values()].map((page) => page.page(this.#head.id))
  }

  /** The head goes along with a page: when the series was measured last need not be known better. */
  due(nowMs: number): Due {
    this.#closePages(nowMs)
    const isHeadDue = !this.#isHeadWritten || this.#over.length > 0
    return { head: isHeadDue ? { ...this.#head, lastMs: this.#lastMs } : undefined, pages: this.#over }
  }

  /** To be told when what was due has been written. */
  written({ pages }: Due): void {
    this.#isHeadWritten = true
    if (pages.length > 0) this.#over = this.#over.filter((page) => !pages.includes(page))
  }

  #rename(head: SeriesHead): void {
    this.#head = head
    this.#isHeadWritten = false
  }

  #closePages(nowMs: number): void {
    for (const [name, page] of this.#open) {
      if (!page.isOver(nowMs)) continue
      this.#open.delete(name)
      this.#over = [...this.#over, page].slice(-OVER_MAX)
    }
  }

  #pageOf(resolution: Resolution, atMs: number): OpenPage {
    const known = this.#open.get(resolution.name)
    if (known) return known
    const page = new OpenPage(resolution, this.#head.kind, atMs)
    this.#open.set(resolution.name, page)
    return page
  }
}
