import { VirtualClock } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refused } from './refused.ts'

let clock: VirtualClock
let refused: Refused
let tried: string[]
let fits: (id: string) => boolean

beforeEach(() => {
  clock = new VirtualClock()
  tried = []
  fits = () => false
  refused = new Refused(clock, (id) => {
    tried.push(id)
    if (!fits(id)) refused.add(id)
  })
})
afterEach(() => refused.close())

const add = (count: number) => Array.from({ length: count }, (_, index) => refused.add(`i${index}`))

describe('instances that were refused', () => {
  it('are tried again as soon as there is more room', async () => {
    add(3)
    refused.roomGrew()
    await clock.advance(50)
    expect(tried).toEqual(['i0', 'i1', 'i2'])
  })

  it('are not tried while nothing changes', async () => {
    add(3)
    await clock.advance(60_000)
    expect(tried).toEqual([])
  })

  it('cost a bounded number of tries, however often there is news', async () => {
    add(10_000)
    for (let round = 0; round < 100; round += 1) {
      refused.roomGrew()
      await clock.advance(100)
    }
    expect(tried.length).toBeLessThanOrEqual(200 * 21)
    expect(new Set(tried).size).toBe(tried.length)
  })

  it('are all placed within seconds when there is room for all', async () => {
    add(10_000)
    fits = () => true
    refused.roomGrew()
    await clock.advance(2_000)
    expect(new Set(tried).size).toBe(10_000)
  })

  it('have their turn, each of them, also when those before them are refused again', async () => {
    add(500)
    fits = (id) => id === 'i499'
    refused.roomGrew()
    await clock.advance(1_500)
    expect(tried).toContain('i499')
  })

  it('are not tried any more once they were placed otherwise', async () => {
    add(2)
    refused.roomGrew()
    refused.delete('i0')
    await clock.advance(1_000)
    expect(tried).toEqual(['i1'])
  })
})
