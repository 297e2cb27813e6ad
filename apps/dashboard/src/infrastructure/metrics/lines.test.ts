import { describe, expect, it } from 'vitest'
import { LINES_MAX, linesOf } from './lines.ts'
import { type Panel, plain } from './panels.ts'

const panel: Panel = { title: 'All', metric: 'm', format: plain, atLeast: 1 }
const series = (labels: Readonly<Record<string, string>>, startMs: number, ...values: (number | null)[]) => ({
  labels,
  startMs,
  stepMs: 10_000,
  values,
})

describe('what a chart shows', () => {
  it('adds up series that begin at different times, on one scale', () => {
    const { times, lines } = linesOf([series({ node: 'a' }, 10_000, 1, 1), series({ node: 'b' }, 0, 2, 2, null)], panel)
    expect(times).toEqual([0, 10, 20])
    expect(lines).toEqual([{ name: 'All', values: [2, 3, 1] }])
  })

  it('has a line for each value of a label, and says how many it left out', () => {
    const many = Array.from({ length: LINES_MAX + 2 }, (_, index) => series({ node: `n${index}` }, 0, index))
    const { lines, more } = linesOf(many, { ...panel, by: 'node' })
    expect(lines[0]).toEqual({ name: 'n9', values: [9] })
    expect([lines.length, more]).toEqual([LINES_MAX, 2])
  })

  it('shows counters as growth, also over a restart and over a gap', () => {
    const { lines } = linesOf([series({}, 0, 4, 6, 1, null, 7, 8)], { ...panel, rate: 'minute' })
    expect(lines[0]?.values).toEqual([null, 12, 6, null, 36, 6])
  })

  it('has nothing without series', () => {
    expect(linesOf([], panel)).toEqual({ times: [], lines: [], more: 0 })
  })
})
