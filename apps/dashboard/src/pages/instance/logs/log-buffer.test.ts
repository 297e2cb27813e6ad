import { describe, expect, it } from 'vitest'
import { LINES_MAX, LogBuffer } from './log-buffer.ts'
import { readEntry } from './read-entry.ts'

const line = (text: string, stream: 'stdout' | 'stderr' = 'stdout') => ({ timeMs: 0, stream, text })

describe('lines of output', () => {
  it('are shown when they pass the filter, also those that arrive later', () => {
    const buffer = new LogBuffer()
    buffer.add([line('GET /'), line('oops', 'stderr')])
    buffer.setFilter({ stdout: true, stderr: false, search: 'get' })
    expect(buffer.shown.map(({ text }) => text)).toEqual(['GET /'])
    buffer.add([line('Get it'), line('post'), line('get', 'stderr')])
    expect(buffer.shown.map(({ text }) => text)).toEqual(['GET /', 'Get it'])
    expect(buffer.size).toBe(5)
  })

  it('are given up from the oldest on, and counted', () => {
    const buffer = new LogBuffer()
    for (let start = 0; start < LINES_MAX + 2_000; start += 1_000) {
      buffer.add(Array.from({ length: 1_000 }, (_, index) => line(String(start + index))))
    }
    expect(buffer.size).toBeLessThanOrEqual(LINES_MAX)
    expect(buffer.size + buffer.dropped).toBe(LINES_MAX + 2_000)
    expect(buffer.shown.at(-1)?.text).toBe(String(LINES_MAX + 1_999))
    expect(buffer.shown[0]?.text).toBe(String(buffer.dropped))
  })

  it('lose the colours of terminals, and nothing else', () => {
    const entry = readEntry({ time: '2026-01-01T00:00:00Z', stream: 'stdout', line: '\u001b[31mred\u001b[0m\tand äö' })
    expect(entry).toEqual({ timeMs: Date.parse('2026-01-01T00:00:00Z'), stream: 'stdout', text: 'red\tand äö' })
  })
})
