import type { MetricFamily } from '@oakestra/base'
import type { Collection } from '@oakestra/store'

/** How finely numbers are kept, and for how long. */
export interface Resolution {
  readonly name: 'fine' | 'coarse'
  readonly stepMs: number
  readonly keepMs: number
  /** One document holds so many steps of one series. */
  readonly stepsPerPage: number
}

const HOUR_MS = 3_600_000

/** Six hours of every ten seconds, two weeks of every five minutes: some 10 MB for the 200 series of a site. */
export const RESOLUTIONS: Readonly<Record<Resolution['name'], Resolution>> = {
  fine: { name: 'fine', stepMs: 10_000, keepMs: 6 * HOUR_MS, stepsPerPage: 60 },
  coarse: { name: 'coarse', stepMs: 300_000, keepMs: 14 * 24 * HOUR_MS, stepsPerPage: 24 },
}

/** Numbers of one series for a stretch of time; `null` where nothing was measured. */
export interface SeriesPage {
  readonly series: string
  readonly resolution: Resolution['name']
  readonly startMs: number
  readonly values: readonly (number | null)[]
}

/** What a series is of. */
export interface SeriesHead {
  readonly id: string
  readonly name: string
  readonly kind: MetricFamily['kind']
  readonly help: string
  readonly labels: Readonly<Record<string, string>>
  readonly lastMs: number
}

export const seriesPages: Collection<SeriesPage> = {
  name: 'series_pages',
  key: ({ series, resolution, startMs }) => pageKey(series, resolution, startMs),
  indexes: {
    series: ({ series, resolution }) => `${series} ${resolution}`,
    fineStartMs: startOf('fine'),
    coarseStartMs: startOf('coarse'),
  },
}

/**
 * The pages of some series that go on, together: they change with every look, and one document is written a hundred times more cheaply
 * than each of them. A page gets its own document when it is over.
 */
export interface OpenPages {
  readonly id: string
  readonly pages: readonly SeriesPage[]
}

export const openPages: Collection<OpenPages> = { name: 'series_open', key: ({ id }) => id }

export const seriesHeads: Collection<SeriesHead> = { name: 'series_heads', key: ({ id }) => id, indexes: { name: ({ name }) => name } }

function startOf(resolution: Resolution['name']): (page: SeriesPage) => number | undefined {
  return (page) => (page.resolution === resolution ? page.startMs : undefined)
}

export function pageKey(series: string, resolution: Resolution['name'], startMs: number): string {
  return `${series} ${resolution} ${startMs}`
}

/** Names a series: the same name and labels, in whatever order, are the same series. */
export function seriesId(name: string, labels: Readonly<Record<string, string>>): string {
  let pairs = ''
  for (const key of inOrder(Object.keys(labels))) pairs += `${pairs === '' ? '' : ','}${key}=${JSON.stringify(labels[key])}`
  return `${name}{${pairs}}`
}

/** Of every number at every look: to sort two words the platform makes room for many. */
function inOrder(keys: string[]): readonly string[] {
  const [first = '', second = ''] = keys
  if (keys.length > 2) return keys.sort()
  return keys.length === 2 && first > second ? [second, first] : keys
}
