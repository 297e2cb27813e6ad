import type { Clock } from '@oakestra/base'
import { describe, expect, it } from 'vitest'
import { EventLoopLag, type Lag } from './event-loop-lag.ts'

/** A clock with one timer, which runs as late as a test says. */
function slowClock() {
  let nowMs = 0
  const waiting = new Set<{ readonly dueMs: number; run(): void }>()
  const clock: Clock = {
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    after: (delayMs, run) => {
      const timer = { dueMs: nowMs + delayMs, run }
      waiting.add(timer)
      return { cancel: () => waiting.delete(timer) }
    },
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  }
  const run = (lateMs: number) => {
    for (const timer of [...waiting]) {
      waiting.delete(timer)
      nowMs = timer.dueMs + lateMs
      timer.run()
    }
  }
  return { clock, run, waiting }
}

/** An event loop that was as busy as a test says, and seen closely as late as it says. */
function begun() {
  const { clock, run, waiting } = slowClock()
  const time = { idle: 0, active: 0 }
  const closely = { isOn: false, max: 0 }
  const watchClosely = () => {
    closely.isOn = true
    const take = (): Lag => ({ min: 0, max: closely.max, mean: 0, stddev: 0, p50: 0, p90: 0, p99: 0 })
    return { take, stop: () => void (closely.isOn = false) }
  }
  const lag = new EventLoopLag(clock, { utilization: () => ({ ...time }), watchClosely })
  const told = (name: string) => lag.families().find((family) => family.name === `nodejs_eventloop_lag${name}_seconds`)?.samples[0]?.value
  const spend = (idleMs: number, activeMs: number) => {
    time.idle += idleMs
    time.active += activeMs
  }
  return { lag, told, spend, run, waiting, closely }
}

describe('the lag of the event loop', () => {
  it('is by how much things were late', () => {
    const { told, spend, run } = begun()
    for (const lateMs of [30, 0, 10, 0]) run(lateMs)
    spend(4_000, 40)
    expect(['', '_mean', '_min', '_max', '_p50', '_p90'].map(told)).toEqual([0.01, 0.01, 0, 0.03, 0, 0.03])
    expect(told('_stddev')).toBeCloseTo(0.0122, 4)
  })

  it('is looked at closely while there is work, and once a second while there is next to none', () => {
    const { lag, told, spend, waiting, closely } = begun()
    expect([closely.isOn, waiting.size]).toEqual([false, 1])
    spend(3_000, 1_000)
    lag.families()
    expect([closely.isOn, waiting.size]).toEqual([true, 0])
    closely.max = 600
    spend(3_000, 1_000)
    expect(told('_max')).toBe(0.6)
    spend(3_900, 100)
    lag.families()
    expect([closely.isOn, waiting.size]).toEqual([false, 1])
  })

  it('is that of some seconds: whoever asks within them is told of those before', () => {
    const { lag, told, spend, run } = begun()
    expect(lag.families()).toEqual([])
    run(50)
    spend(4_000, 0)
    expect(told('_max')).toBe(0.05)
    run(0)
    spend(500, 0)
    expect(told('_max')).toBe(0.05)
    spend(3_500, 0)
    expect(told('_max')).toBe(0)
  })
})
