import type { Clock, MetricFamily, MetricSample } from '@oakestra/base'
import type { Reader, Store, Writer } from '@oakestra/store'
import { OpenPage, pageStart } from './open-page.ts'
import { RESOLUTIONS, type Resolution, type SeriesHead, type SeriesPage, seriesHeads, seriesId, seriesPages } from './series.ts'

/** More would be labels out of control; what is beyond is not kept, and counted. */
const SERIES_MAX = 2_000
/** What a crash may lose. */
const FLUSH_MS = 60_000
/** Pages removed in one section: others wait for it. */
const PRUNE_MAX = 500

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

interface Kept {
  readonly head: SeriesHead
  readonly open: Map<Resolution['name'], OpenPage>
  /** Pages that are over and wait to be written. */
  readonly over: OpenPage[]
}

/** Numbers over time in a bounded part of a store. Fed by one process, read by anybody; survives restarts up to a minute. */
export class SeriesStore {
  readonly #store: Store
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()
  #flushedMs: number
  #refused = 0

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
    await this.#store.write(async (writer) => {
      for (const kept of this.#kept.values()) await flushSeries(writer, kept)
      await this.#prune(writer)
    })
  }

  async #load(reader: Reader): Promise<void> {
    const nowMs = this.#clock.wallMs()
    for (const head of await reader.list(seriesHeads)) {
      const open = new Map<Resolution['name'], OpenPage>()
      for (const resolution of Object.values(RESOLUTIONS)) {
        const page = await reader.get(seriesPages, `${head.id} ${resolution.name} ${pageStart(resolution, nowMs)}`)
        if (page) open.set(resolution.name, new OpenPage(resolution, head.kind, nowMs, page))
      }
      this.#kept.set(head.id, { head, open, over: [] })
    }
  }

  #take(family: MetricFamily, { labels, value }: MetricSample, nowMs: number): void {
    if (!Number.isFinite(value)) return
    const kept = this.#keep(family, labels, nowMs)
    if (!kept) return
    for (const resolution of Object.values(RESOLUTIONS)) {
      const known = kept.open.get(resolution.name)
      const page = known && !known.isOver(nowMs) ? known : new OpenPage(resolution, family.kind, nowMs)
      if (known && known !== page) kept.over.push(known)
      kept.open.set(resolution.name, page)
      page.add(nowMs, value)
    }
  }

  #keep({ name, kind, help }: MetricFamily, labels: MetricSample['labels'], lastMs: number): Kept | undefined {
    const id = seriesId(name, labels)
    const known = this.#kept.get(id)
    if (!known && this.#kept.size >= SERIES_MAX) {
      this.#refused += 1
      return undefined
    }
    const { open, over } = known ?? { open: new Map<Resolution['name'], OpenPage>(), over: [] }
    const kept = { head: { id, name, kind, help, labels, lastMs }, open, over }
    this.#kept.set(id, kept)
    return kept
  }

  #resolutionFor({ sinceMs }: SeriesQuery): Resolution {
    const { fine, coarse } = RESOLUTIONS
    return this.#clock.wallMs() - sinceMs <= fine.keepMs ? fine : coarse
  }

  async #prune(writer: Writer): Promise<void> {
    const nowMs = this.#clock.wallMs()
    for (const { name, keepMs } of Object.values(RESOLUTIONS)) {
      const oldest = await writer.list(seriesPages, { index: `${name}StartMs`, limit: PRUNE_MAX })
      for (const page of oldest) if (page.startMs < nowMs - keepMs) await writer.remove(seriesPages, seriesPages.key(page))
    }
    for (const { head } of this.#kept.values()) {
      if (head.lastMs >= nowMs - RESOLUTIONS.coarse.keepMs) continue
      this.#kept.delete(head.id)
      await writer.remove(seriesHeads, head.id)
    }
  }
}

function carries(labels: SeriesHead['labels'], where: SeriesQuery['where'] = {}): boolean {
  return Object.entries(where).every(([key, value]) => labels[key] === value)
}

async function flushSeries(writer: Writer, { head, open, over }: Kept): Promise<void> {
  const dirty = [...over.splice(0), ...open.values()].filter((page) => page.isDirty)
  if (dirty.length === 0) return
  await writer.put(seriesHeads, head)
  for (const page of dirty) {
    await writer.put(seriesPages, page.page(head.id))
    page.isDirty = false
  }
}

async function readSeries(reader: Reader, { head, open, over }: Kept, resolution: Resolution, query: SeriesQuery): Promise<Series> {
  const { stepMs } = resolution
  const startMs = Math.floor(query.sinceMs / stepMs) * stepMs
  const count = Math.max(0, Math.floor((query.untilMs - startMs) / stepMs) + 1)
  const values = Array.from<number | null>({ length: count }).fill(null)
  for (const page of await pagesOf(reader, head.id, [...over, ...open.values()], resolution)) {
    for (const [step, value] of page.values.entries()) {
      const at = (page.startMs - startMs) / stepMs + step
      if (at >= 0 && at < count) values[at] = value
    }
  }
  return { labels: head.labels, startMs, stepMs, values }
}

/** What is stored, and what is not yet. */
async function pagesOf(reader: Reader, id: string, unwritten: readonly OpenPage[], { name }: Resolution): Promise<readonly SeriesPage[]> {
  const stored = await reader.list(seriesPages, { index: 'series', equals: `${id} ${name}` })
  return [...stored, ...unwritten.map((page) => page.page(id)).filter(({ resolution }) => resolution === name)]
}
