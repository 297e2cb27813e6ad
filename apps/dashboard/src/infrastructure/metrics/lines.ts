import type { Series } from '../types.ts'
import type { Panel } from './panels.ts'

/** A chart's data: times in seconds, and lines that share them. */
export interface Lines {
  readonly times: readonly number[]
  readonly lines: readonly { readonly name: string; readonly values: readonly (number | null)[] }[]
  /** Lines that were left out since there are too many to tell apart. */
  readonly more: number
}

/** As many colours as people can tell apart. */
export const LINES_MAX = 8

type Values = (number | null)[]

/** Series as they are kept become what a panel shows. Pure. */
export function linesOf(series: readonly Series[], panel: Panel): Lines {
  const [first] = series
  if (!first) return { times: [], lines: [], more: 0 }
  const { stepMs } = first
  const startMs = Math.min(...series.map((each) => each.startMs))
  const length = Math.max(...series.map((each) => (each.startMs - startMs) / stepMs + each.values.length))
  const groups = new Map<string, Values>()
  for (const each of series) {
    const name = panel.by === undefined ? panel.title : (each.labels[panel.by] ?? '?')
    const own = shifted(panel.rate ? rates(each, panel.rate) : each.values, (each.startMs - startMs) / stepMs, length)
    const before = groups.get(name)
    groups.set(name, before ? joined(before, own, panel.join ?? 'sum') : own)
  }
  const { factor = 1 } = panel
  const all = [...groups].map(([name, values]) => ({ name, values: values.map((value) => (value === null ? null : value * factor)) }))
  const shown = all.sort((a, b) => weight(b.values) - weight(a.values)).slice(0, LINES_MAX)
  return { times: Array.from({ length }, (_, step) => (startMs + step * stepMs) / 1_000), lines: shown, more: all.length - shown.length }
}

/** What a counter grew by since it was read last; one that is smaller than before began again. */
function rates({ values, stepMs }: Series, per: NonNullable<Panel['rate']>): Values {
  const scale = (per === 'minute' ? 60_000 : 1_000) / stepMs
  let before: number | undefined
  return values.map((value) => {
    const last = before
    before = value ?? before
    if (value === null || last === undefined) return null
    return (value >= last ? value - last : value) * scale
  })
}

function shifted(values: readonly (number | null)[], by: number, length: number): Values {
  const placed: Values = Array.from({ length }, () => null)
  for (const [step, value] of values.entries()) placed[step + by] = value
  return placed
}

function joined(a: Values, b: Values, how: NonNullable<Panel['join']>): Values {
  return a.map((one, step) => {
    const other = b[step] ?? null
    if (one === null || other === null) return one ?? other
    return how === 'sum' ? one + other : Math.max(one, other)
  })
}

function weight(values: Values): number {
  return values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0)
}
