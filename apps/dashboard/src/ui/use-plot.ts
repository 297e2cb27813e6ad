import { type RefObject, useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'

/**
 * A plot in an element, as wide as that.
 * @param optionsOf how it is drawn; another function draws it anew
 * @returns where it is drawn
 */
export function usePlot(optionsOf: (element: HTMLElement) => uPlot.Options, data: uPlot.AlignedData): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot>(undefined)
  useEffect(() => {
    const element = place.current
    if (!element) return
    const options = optionsOf(element)
    const made = new uPlot(options, [[], ...options.series.slice(1).map(() => [])], element)
    plot.current = made
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: options.height }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      made.destroy()
      plot.current = undefined
    }
  }, [optionsOf])
  useEffect(() => {
    plot.current?.setData(data)
  }, [data, optionsOf])
  return place
}

/** Amounts of memory are told apart in powers of two. */
const BINARY_STEPS = Array.from({ length: 44 }, (_, exponent) => 2 ** exponent)

interface ValueAxis {
  readonly size: number
  readonly format: (value: number) => string
  readonly binary: boolean
}

/** The colours and axes of the page, as they are now. */
export function paintsOf(element: HTMLElement) {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(name).trim()
  const axis = { stroke: colour('--oak-muted'), font: '11px Inter Variable, sans-serif', ticks: { show: false } }
  const valueAxis = ({ size, format, binary }: ValueAxis): uPlot.Axis => ({
    ...axis,
    grid: { stroke: colour('--oak-line'), width: 1 },
    size,
    ...(binary ? { incrs: BINARY_STEPS } : {}),
    values: (_plot, ticks) => ticks.map(format),
  })
  return { colour, axis, valueAxis }
}
