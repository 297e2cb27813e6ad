import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { VirtualClock } from './virtual-clock.ts'

describe('a virtual clock', () => {
  it('runs timers in the order of their time, then of their making, and none that was called off', async () => {
    const wish = fc.record({ delayMs: fc.nat(50), isCancelled: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(wish, { maxLength: 40 }), async (wishes) => {
        const clock = new VirtualClock()
        const ran: number[] = []
        const timers = wishes.map(({ delayMs }, index) => clock.after(delayMs, () => ran.push(index)))
        wishes.forEach(({ isCancelled }, index) => isCancelled && timers[index]?.cancel())
        await clock.advance(50)
        const expected = wishes
          .map(({ delayMs, isCancelled }, index) => ({ delayMs, isCancelled, index }))
          .filter(({ isCancelled }) => !isCancelled)
          .sort((a, b) => a.delayMs - b.delayMs || a.index - b.index)
        expect(ran).toEqual(expected.map(({ index }) => index))
      }),
    )
  })

  it('stands still at the time of each timer while it and what it promised run', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    clock.after(10, () => void Promise.resolve().then(() => seen.push(clock.monotonicMs())))
    clock.after(20, () => seen.push(clock.monotonicMs()))
    await clock.advance(30)
    expect([...seen, clock.monotonicMs()]).toEqual([10, 20, 30])
  })

  it('runs timers that were made by timers, when they are due within the same time', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const again = () => {
      seen.push(clock.monotonicMs())
      clock.after(10, again)
    }
    clock.after(10, again)
    await clock.advance(35)
    expect(seen).toEqual([10, 20, 30])
  })

  it('forgets masses of timers that were called off, and keeps the others', async () => {
    const clock = new VirtualClock()
    let ran = 0
    for (let count = 0; count < 10_000; count += 1) clock.after(count, () => (ran += 1)).cancel()
    clock.after(5, () => (ran += 1))
    await clock.advance(20_000)
    expect(ran).toBe(1)
  })
})
