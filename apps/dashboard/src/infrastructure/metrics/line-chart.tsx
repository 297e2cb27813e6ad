import { useComputedColorScheme } from '@mantine/core'
import { useCallback, useMemo, useRef } from 'react'
import type uPlot from 'uplot'
import { paintsOf, usePlot } from '../../ui/use-plot.ts'
import type { Lines } from './lines.ts'
import type { Panel } from './panels.ts'

interface LineChartProps {
  readonly panel: Panel
  readonly shown: Lines
  readonly sinceMs: number
  readonly untilMs: number
}

const HEIGHT = 170
/** Charts show the same moment under the pointer, so that causes and effects are seen together. */
const SYNC_KEY = 'oakestra'

/** Courses over time, one colour each, with the values under the pointer in the legend. */
export function LineChart({ panel, shown, sinceMs, untilMs }: LineChartProps) {
  const range = useRef<[number, number]>([0, 0])
  range.current = [sinceMs / 1_000, untilMs / 1_000]
  const scheme = useComputedColorScheme('light')
  const names = shown.lines.map(({ name }) => name).join('\n')
  // Colours are read once when it is drawn.
  const draw = useCallback(
    (element: HTMLElement) => optionsOf(element, panel, names === '' ? [] : names.split('\n'), () => range.current),
    [panel, names, scheme],
  )
  const data = useMemo((): uPlot.AlignedData => [[...shown.times], ...shown.lines.map(({ values }) => [...values])], [shown])
  const place = usePlot(draw, data)
  return <div ref={place} role="img" aria-label={describe(panel, shown)} className="oak-line-chart" />
}

const HOURS = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const DATES = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const TWO_DAYS_S = 2 * 86_400

/** On the axis: the hour, or the day where hours are too many. */
function momentOf(time: number, [since, until]: readonly [number, number]): string {
  return (until - since > TWO_DAYS_S ? DATES : HOURS).format(time * 1_000)
}

function describe({ title, format }: Panel, { lines }: Lines): string {
  const last = lines.map(({ name, values }) => {
    const value = values.findLast((each) => each !== null)
    return `${name} ${value === undefined || value === null ? 'nothing' : format(value)}`
  })
  return `${title}: ${last.join(', ')}`
}

function optionsOf(element: HTMLElement, panel: Panel, names: readonly string[], range: () => [number, number]): uPlot.Options {
  const { colour, axis, valueAxis } = paintsOf(element)
  const { format, atLeast, binary } = panel
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: names.length > 0 && names[0] !== panel.title, live: true },
    cursor: { y: false, points: { size: 6 }, sync: { key: SYNC_KEY, setSeries: false }, drag: { x: false, y: false } },
    padding: [8, 16, 0, 0],
    scales: {
      x: { range: () => range() },
      y: { range: (_plot, _min, max) => [0, Math.max(atLeast, (max ?? 0) * 1.12)] },
    },
    axes: [
      { ...axis, grid: { show: false }, space: 70, size: 26, values: (_plot, ticks) => ticks.map((time) => momentOf(time, range())) },
      valueAxis({ size: 66, format, binary: binary ?? false }),
    ],
    series: [
      { value: (_plot, time) => (time === null || time === undefined ? '' : new Date(time * 1_000).toLocaleTimeString()) },
      ...names.map((label, index) => ({
        label,
        stroke: colour(`--oak-series-${index + 1}`),
        width: 1.6,
        ...(names.length === 1 ? { fill: `${colour('--oak-series-1')}1c` } : {}),
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => (value === null || value === undefined ? '' : format(value)),
      })),
    ],
  }
}
