import { useComputedColorScheme } from '@mantine/core'
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

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
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  const scheme = useComputedColorScheme('light')
  useEffect(() => {
    const element = place.current
    if (!element) return
    const made = new uPlot(optionsOf(element, { format, series, atLeast, binary }), [[], []], element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
    // Colours are read once when it is drawn.
  }, [format, series, atLeast, binary, scheme])
  useEffect(() => {
    plot.current?.setData([[...times], [...values]])
  }, [times, values, scheme])
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

const BINARY_STEPS = Array.from({ length: 44 }, (_, exponent) => 2 ** exponent)

function optionsOf(element: HTMLElement, { format, series, atLeast, binary }: Drawn): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const line = colour(`--oak-series-${series}`)
  const axis = { stroke: colour('--oak-muted'), font: '11px Inter Variable, sans-serif', ticks: { show: false } }
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
    axes: [
      { ...axis, grid: { show: false }, space: 80, size: 28, values: '{HH}:{mm}:{ss}' },
      {
        ...axis,
        grid: { stroke: colour('--oak-line'), width: 1 },
        size: 64,
        ...(binary ? { incrs: BINARY_STEPS } : {}),
        values: (_plot, ticks) => ticks.map(format),
      },
    ],
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
