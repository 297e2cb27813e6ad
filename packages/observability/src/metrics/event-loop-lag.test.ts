import { describe, expect, it } from 'vitest'
import { type EventLoop, EventLoopLag } from './event-loop-lag.ts'

const MS = 1e6

/** An event loop that was as busy, and as late, as a test says. */
function loop() {
  const time = { idle: 0, active: 0 }
  let lateMs: readonly number[] = []
  const watched: number[] = []
  const open = new Set<object>()
  const seen: EventLoop = {
    utilization: () => ({ ...time }),
    monitor: (resolutionMs) => {
      watched.push(resolutionMs)
      const all = () => lateMs.map((ms) => (ms + resolutionMs) * MS)
      const monitor = {
        get count() {
          return lateMs.length
        },
        get min() {
          return Math.min(...all())
        },
        get max() {
          return Math.max(...all())
        },
        get mean() {
          return all().reduce((sum, each) => sum + each, 0) / lateMs.length
        },
        stddev: 0,
        percentile: () => Math.max(...all()),
        enable: () => open.size < open.add(monitor).size,
        disable: () => open.delete(monitor),
      }
      return monitor
    },
  }
  return {
    seen,
    watched,
    open,
    spend: (idle: number, active: number, late: readonly number[]) => {
      time.idle += idle
      time.active += active
      lateMs = late
    },
  }
}

const value = (lag: EventLoopLag, name: string) =>
  lag.families().find((family) => family.name === `nodejs_eventloop_lag${name}_seconds`)?.samples[0]?.value

describe('the lag of the event loop', () => {
  it('is what came on top of the time that was to pass anyway', () => {
    const { seen, spend } = loop()
    const lag = new EventLoopLag(seen)
    spend(1_000, 3_000, [100, 300])
    expect([value(lag, ''), value(lag, '_mean'), value(lag, '_min'), value(lag, '_max')]).toEqual([
      expect.closeTo(0.2),
      expect.closeTo(0.2),
      expect.closeTo(0.1),
      expect.closeTo(0.3),
    ])
  })

  it('is looked at a hundred times a second while there is work, and once while there is next to none', () => {
    const { seen, spend, watched, open } = loop()
    const lag = new EventLoopLag(seen)
    spend(3_900, 100, [0])
    lag.families()
    spend(3_000, 1_000, [0])
    lag.families()
    expect(watched).toEqual([10, 1_000, 10])
    expect(open.size).toBe(1)
  })

  it('is that of some seconds: whoever asks within them is told of those before', () => {
    const { seen, spend } = loop()
    const lag = new EventLoopLag(seen)
    expect(lag.families()).toEqual([])
    spend(3_000, 1_000, [50])
    expect(value(lag, '_max')).toBeCloseTo(0.05)
    spend(500, 0, [0])
    expect(value(lag, '_max')).toBeCloseTo(0.05)
    spend(3_500, 0, [0])
    expect(value(lag, '_max')).toBe(0)
  })
})
