import { useComputedColorScheme } from '@mantine/core'
import { useCallback, useMemo } from 'react'
import type uPlot from 'uplot'
import { paintsOf, usePlot } from './use-plot.ts'

export interface ChartProps {
  /** Said to those who do not see it. */
  readonly label: string
  /** Seconds since the epoch, rising. */
  readonly times: readonly number[]
  readonly values: readonly number[]
  readonly format: (value: number) => string
  readonly series: 1 | 2
  /** The least upper end of the axis, so that noise around nothing does not look like much. */
  readonly atLeast: number
  /** Steps of the axis are powers of two, as amounts of memory are. */
  readonly binary?: boolean
}

const HEIGHT = 190
/** The first numbers are not stretched over the whole width. */
const SPAN_MIN_S = 60

/** One course over time. */
export default function Chart({ label, times, values, format, series, atLeast, binary = false }: ChartProps) {
  const scheme = useComputedColorScheme('light')
  // Colours are read once when it is drawn.
  const draw = useCallback(
    (element: HTMLElement) => optionsOf(element, { format, series, atLeast, binary }),
    [format, series, atLeast, binary, scheme],
  )
  const data = useMemo((): uPlot.AlignedData => [[...times], [...values]], [times, values])
  const place = usePlot(draw, data)
  const last = values.at(-1)
  return (
    <div
      ref={place}
      role="img"
      aria-label={`${label}: ${last === undefined ? 'nothing yet' : `now ${format(last)}`}`}
      style={{ height: HEIGHT }}
    />
  )
}

type Drawn = Required<Pick<ChartProps, 'format' | 'series' | 'atLeast' | 'binary'>>

function optionsOf(element: HTMLElement, { format, series, atLeast, binary }: Drawn): uPlot.Options {
  const { colour, axis, valueAxis } = paintsOf(element)
  const line = colour(`--oak-series-${series}`)
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    padding: [10, 26, 0, 0],
    scales: {
      x: { range: (_plot, min, max) => [Math.min(min ?? 0, (max ?? 0) - SPAN_MIN_S), max ?? 0] },
      y: { range: (_plot, _min, max) => [0, Math.max(atLeast, (max ?? 0) * 1.15)] },
    },
    axes: [{ ...axis, grid: { show: false }, space: 80, size: 28, values: '{HH}:{mm}:{ss}' }, valueAxis({ size: 64, format, binary })],
    series: [{}, { stroke: line, width: 1.8, fill: `${line}1c`, points: { show: false } }],
    plugins: [tooltip(format)],
  }
}

/** The value under the pointer, in a corner where it hides nothing. */
function tooltip(format: (value: number) => string): uPlot.Plugin {
  const text = document.createElement('div')
  text.className = 'oak-chart-tip'
  return {
    hooks: {
      init: (plot) => plot.over.append(text),
      setCursor(plot) {
        const index = plot.cursor.idx
        const time = index === null || index === undefined ? undefined : plot.data[0][index]
        const value = index === null || index === undefined ? undefined : plot.data[1]?.[index]
        const shown = time !== undefined && typeof value === 'number'
        text.textContent = shown ? `${new Date(time * 1000).toLocaleTimeString()}  ${format(value)}` : ''
      },
    },
  }
}
