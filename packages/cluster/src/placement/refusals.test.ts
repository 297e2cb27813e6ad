import { VirtualClock } from '@oakestra/base/testing'
import type { Rejection } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { kindOf, Refusals } from './refusals.ts'

const REJECTION: Rejection = { word: 'NO_WORKER_CAPACITY', detail: 'no', candidates: [] }

/** So many instances of so many services wait, and each that is tried again fits while there is room. */
function crowd(services: number, each: number) {
  const clock = new VirtualClock()
  const tried: string[] = []
  let room = 0
  const refusals: Refusals = new Refusals(clock, (id) => {
    tried.push(id)
    if (room === 0) return
    room -= 1
    queueMicrotask(() => refusals.settled(id))
  })
  for (let index = 0; index < services * each; index += 1) refusals.wait(`i${index}`, `s${index % services}`)
  const grow = async (by: number) => {
    room = by
    tried.length = 0
    refusals.grew()
    await clock.advance(1_000)
    return tried.length
  }
  return { clock, refusals, tried, grow }
}

describe('instances that wait for room', () => {
  it('are tried a few of each kind when room grew, and more of a kind as long as they fit', async () => {
    const { grow } = crowd(2, 5_000)
    expect(await grow(0)).toBe(8)
    expect(await grow(100)).toBeLessThan(150)
    expect(await grow(0)).toBe(8)
  })

  it('are tried twice a second at most, however often room changes', async () => {
    const { clock, refusals, tried } = crowd(1, 100)
    for (let change = 0; change < 100; change += 1) {
      refusals.grew()
      await clock.advance(10)
    }
    expect(tried.length).toBeLessThanOrEqual(3 * 4)
  })

  it('are refused with others of their kind until room grew', () => {
    const { refusals } = crowd(1, 1)
    const kind = kindOf({ serviceId: 's', revision: 1 }, ['n2', 'n1'])
    refusals.remember(kind, REJECTION)
    expect(refusals.known(kindOf({ serviceId: 's', revision: 1 }, ['n1', 'n2']))).toBe(REJECTION)
    expect(refusals.known(kindOf({ serviceId: 's', revision: 2 }))).toBeUndefined()
    refusals.grew()
    expect(refusals.known(kind)).toBeUndefined()
  })
})
