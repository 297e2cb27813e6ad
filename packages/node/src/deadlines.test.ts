import { VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { Deadlines } from './deadlines.ts'

const YEAR_MS = 365 * 24 * 3_600_000

describe('a deadline', () => {
  it('comes after the time that was left when it was first seen, whatever the clock does', async () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines(clock)
    const dueAtMs = clock.wallMs() + 10_000
    expect(deadlines.remainingMs('a', dueAtMs, 60_000)).toBe(10_000)
    clock.jumpWall(-YEAR_MS)
    await clock.advance(4_000)
    expect(deadlines.remainingMs('a', dueAtMs, 60_000)).toBe(6_000)
    clock.jumpWall(3 * YEAR_MS)
    expect(deadlines.remainingMs('a', dueAtMs, 60_000)).toBe(6_000)
    await clock.advance(7_000)
    expect(deadlines.remainingMs('a', dueAtMs, 60_000)).toBe(0)
  })

  it('is never further away than it can have been', () => {
    const clock = new VirtualClock()
    expect(new Deadlines(clock).remainingMs('a', clock.wallMs() + YEAR_MS, 60_000)).toBe(60_000)
    expect(new Deadlines(clock).remainingMs('a', clock.wallMs() - YEAR_MS, 60_000)).toBe(0)
  })

  it('is another one for another time, or once it was forgotten', async () => {
    const clock = new VirtualClock()
    const deadlines = new Deadlines(clock)
    const dueAtMs = clock.wallMs() + 10_000
    deadlines.remainingMs('a', dueAtMs, 60_000)
    expect(deadlines.remainingMs('a', dueAtMs + 5_000, 60_000)).toBe(15_000)
    clock.jumpWall(5_000)
    deadlines.forget('a')
    expect(deadlines.remainingMs('a', dueAtMs, 60_000)).toBe(5_000)
  })
})
