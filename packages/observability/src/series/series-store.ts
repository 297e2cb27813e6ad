import type { Clock, MetricFamily, MetricSample } from '@oakestra/base'
import type { Reader, Store, Writer } from '@oakestra/store'
import { type Due, KeptSeries } from './kept-series.ts'
import { pageStart } from './open-page.ts'
import {
  openPages,
  pageKey,
  RESOLUTIONS,
  type Resolution,
  type SeriesHead,
  type SeriesPage,
  seriesHeads,
  seriesId,
  seriesPages,
} from './series.ts'

/** More would be labels out of control; what is beyond is not kept, and counted. */
const SERIES_MAX = 2_000
/** What a crash may lose. */
const FLUSH_MS = 60_000
/** Pages removed in one section: others wait for it. */
const PRUNE_MAX = 500
/** Series whose open pages are one document, of some 100 kB. */
const TOGETHER = 100

export interface SeriesQuery {
  readonly name: string
  /** Labels that a series must carry with these values. */
  readonly where?: Readonly<Record<string, string>>
  readonly sinceMs: number
  readonly untilMs: number
}

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  readonly startMs: number
  readonly stepMs: number
  readonly values: readonly (number | null)[]
}

/** Numbers over time in a bounded part of a store. Fed by one process, read by anybody; survives restarts up to a minute. */
export class SeriesStore {
  readonly #store: Store
  readonly #clock: Clock
  readonly #kept = new Map<string, KeptSeries>()
  #flushedMs: number
  #refused = 0
  /** Documents of open pages. */
  #documents = 0

  private constructor(store: Store, clock: Clock) {
    this.#store = store
    this.#clock = clock
    this.#flushedMs = clock.monotonicMs()
  }

  static async open(store: Store, clock: Clock): Promise<SeriesStore> {
    const opened = new SeriesStore(store, clock)
    await store.read((reader) => opened.#load(reader))
    return opened
  }

  /** Series that were not taken in because there were too many. */
  get refused(): number {
    return this.#refused
  }

  /** Takes in what was measured now. */
  async add(families: readonly MetricFamily[]): Promise<void> {
    const nowMs = this.#clock.wallMs()
    for (const family of families) for (const sample of family.samples) this.#take(family, sample, nowMs)
    if (this.#clock.monotonicMs() - this.#flushedMs >= FLUSH_MS) await this.flush()
  }

  /** Every metric there is anything of. */
  catalog(): readonly Pick<SeriesHead, 'name' | 'kind' | 'help'>[] {
    const heads = [...this.#kept.values()].map(({ head: { name, kind, help } }) => [name, { name, kind, help }] as const)
    return [...new Map(heads).values()]
  }

  /** Series by name and labels, on one common scale; the finest that reaches back to `sinceMs`. */
  async read(query: SeriesQuery): Promise<readonly Series[]> {
    const resolution = this.#resolutionFor(query)
    const matching = [...this.#kept.values()].filter(({ head }) => head.name === query.name && carries(head.labels, query.where))
    return this.#store.read(async (reader) => {
      const series: Series[] = []
      for (const kept of matching) series.push(await readSeries(reader, kept, resolution, query))
      return series.filter(({ values }) => values.some((value) => value !== null))
    })
  }

  /** Writes what is only in memory, and forgets what is too old. */
  async flush(): Promise<void> {
    this.#flushedMs = this.#clock.monotonicMs()
    const nowMs = this.#clock.wallMs()
    const due = [...this.#kept.values()].map((series) => [series, series.due(nowMs)] as const)
    await this.#store.write(async (writer) => {
      for (const [, each] of due) await writeDue(writer, each)
      await this.#prune(writer, nowMs)
      await this.#writeOpen(writer)
    })
    for (const [series, each] of due) series.written(each)
  }

  async #load(reader: Reader): Promise<void> {
    const documents = await reader.list(openPages)
    this.#documents = documents.length
    const bySeries = new Map<string, SeriesPage[]>()
    for (const page of documents.flatMap(({ pages }) => pages)) bySeries.set(page.series, [...(bySeries.get(page.series) ?? []), page])
    for (const head of await reader.list(seriesHeads)) {
      const pages = bySeries.get(head.id) ?? (await this.#writtenForGood(reader, head.id))
      this.#kept.set(head.id, KeptSeries.resume(head, pages))
    }
  }

  /** Pages that go on and have documents of their own already, as where an earlier version of the program wrote: they are continued. */
  async #writtenForGood(reader: Reader, series: string): Promise<readonly SeriesPage[]> {
    const nowMs = this.#clock.wallMs()
    const keys = Object.values(RESOLUTIONS).map((resolution) => pageKey(series, resolution.name, pageStart(resolution, nowMs)))
    const pages = await Promise.all(keys.map((key) => reader.get(seriesPages, key)))
    return pages.flatMap((page) => page ?? [])
  }

  async #writeOpen(writer: Writer): Promise<void> {
    const all = [...this.#kept.values()]
    const count = Math.ceil(all.length / TOGETHER)
    for (let at = 0; at < count; at += 1) {
      const some = all.slice(at * TOGETHER, (at + 1) * TOGETHER)
      await writer.put(openPages, { id: String(at), pages: some.flatMap((series) => series.open()) })
    }
    for (let at = count; at < this.#documents; at += 1) await writer.remove(openPages, String(at))
    this.#documents = count
  }

  #take(family: MetricFamily, { labels, value }: MetricSample, nowMs: number): void {
    if (Number.isFinite(value)) this.#keep(family, labels, nowMs)?.add(nowMs, value, family)
  }

  #keep({ name, kind, help }: MetricFamily, labels: MetricSample['labels'], lastMs: number): KeptSeries | undefined {
    const id = seriesId(name, labels)
    const known = this.#kept.get(id)
    if (known) return known
    if (this.#kept.size >= SERIES_MAX) {
      this.#refused += 1
      return undefined
    }
    const begun = KeptSeries.begin({ id, name, kind, help, labels, lastMs })
    this.#kept.set(id, begun)
    return begun
  }

  #resolutionFor({ sinceMs }: SeriesQuery): Resolution {
    const { fine, coarse } = RESOLUTIONS
    return this.#clock.wallMs() - sinceMs <= fine.keepMs ? fine : coarse
  }

  async #prune(writer: Writer, nowMs: number): Promise<void> {
    for (const { name, keepMs } of Object.values(RESOLUTIONS)) {
      const old = await writer.list(seriesPages, { index: `${name}StartMs`, lessThan: nowMs - keepMs, limit: PRUNE_MAX })
      for (const page of old) await writer.remove(seriesPages, seriesPages.key(page))
    }
    for (const { head, lastMs } of this.#kept.values()) {
      if (lastMs >= nowMs - RESOLUTIONS.coarse.keepMs) continue
      this.#kept.delete(head.id)
      await writer.remove(seriesHeads, head.id)
    }
  }
}

function carries(labels: SeriesHead['labels'], where: SeriesQuery['where'] = {}): boolean {
  return Object.entries(where).every(([key, value]) => labels[key] === value)
}

async function writeDue(writer: Writer, { head, pages }: Due): Promise<void> {
  if (!head) return
  await writer.put(seriesHeads, head)
  for (const page of pages) await writer.put(seriesPages, page.page(head.id))
}

async function readSeries(reader: Reader, kept: KeptSeries, resolution: Resolution, query: SeriesQuery): Promise<Series> {
  const { stepMs } = resolution
  const startMs = Math.floor(query.sinceMs / stepMs) * stepMs
  const count = Math.max(0, Math.floor((query.untilMs - startMs) / stepMs) + 1)
  const values = Array.from<number | null>({ length: count }).fill(null)
  for (const page of await pagesOf(reader, kept, resolution)) {
    for (const [step, value] of page.values.entries()) {
      const at = (page.startMs - startMs) / stepMs + step
      if (at >= 0 && at < count) values[at] = value
    }
  }
  return { labels: kept.head.labels, startMs, stepMs, values }
}

/** What is stored, and what is not yet. */
async function pagesOf(reader: Reader, kept: KeptSeries, { name }: Resolution): Promise<readonly SeriesPage[]> {
  const stored = await reader.list(seriesPages, { index: 'series', equals: `${kept.head.id} ${name}` })
  return [...stored, ...kept.unwritten().filter(({ resolution }) => resolution === name)]
}
