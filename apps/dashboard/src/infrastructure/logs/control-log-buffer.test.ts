import { describe, expect, it } from 'vitest'
import type { LogLine } from '../types.ts'
import { ControlLogBuffer } from './control-log-buffer.ts'

const line = (timeMs: number): LogLine => ({ timeMs, level: 'info', message: `at ${timeMs}`, fields: {} })
const times = (buffer: ControlLogBuffer) => buffer.lines.map(({ timeMs }) => timeMs)

describe('lines of the control plane', () => {
  it('are shown once and in order, whether they were read or followed', () => {
    const buffer = new ControlLogBuffer()
    buffer.add(line(3))
    buffer.addPage([line(3), line(2)])
    buffer.add(line(4))
    buffer.addPage([line(1)])
    expect(times(buffer)).toEqual([1, 2, 3, 4])
    expect(buffer.oldestMs()).toBe(1)
  })

  it('wait while the view is held still', () => {
    const buffer = new ControlLogBuffer()
    buffer.hold(true)
    buffer.add(line(1))
    expect([times(buffer), buffer.waiting]).toEqual([[], 1])
    buffer.hold(false)
    expect([times(buffer), buffer.waiting]).toEqual([[1], 0])
  })
})
