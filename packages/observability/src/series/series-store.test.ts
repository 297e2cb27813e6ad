import { VirtualClock } from '@oakestra/base/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import { describe, expect, it } from 'vitest'
import { RESOLUTIONS, seriesHeads, seriesPages } from './series.ts'
import { SeriesStore } from './series-store.ts'

const MINUTE_MS = 60_000
const family = (value: number, labels = {}, kind: 'gauge' | 'counter' = 'gauge') => [
  { name: 'oak_x', help: 'X.', kind, samples: [{ labels, value }] },
]

async function opened() {
  const clock = new VirtualClock()
  const store = createMemoryStore({ collections: [seriesHeads, seriesPages] })
  const numbers = await SeriesStore.open(store, clock)
  const last = async (durationMs: number, from = numbers) => {
    const [series] = await from.read({ name: 'oak_x', sinceMs: clock.wallMs() - durationMs, untilMs: clock.wallMs() })
    return series?.values.filter((value) => value !== null) ?? []
  }
  return { clock, store, numbers, last }
}

describe('numbers over time', () => {
  it('are kept every ten seconds, a gauge as its mean', async () => {
    const { clock, numbers, last } = await opened()
    for (const value of [1, 3, 5, 7]) {
      await numbers.add(family(value))
      await clock.advance(5_000)
    }
    expect(await last(30_000)).toEqual([2, 6])
  })

  it('are kept as they were last, when they only grow', async () => {
    const { clock, numbers, last } = await opened()
    for (const value of [1, 3, 5, 7]) {
      await numbers.add(family(value, {}, 'counter'))
      await clock.advance(5_000)
    }
    expect(await last(30_000)).toEqual([3, 7])
  })

  it('are told apart by labels, and found by some of them', async () => {
    const { clock, numbers } = await opened()
    for (const node of ['n1', 'n2']) await numbers.add(family(1, { node, cluster: 'c1' }))
    const found = (where: Record<string, string>) =>
      numbers.read({ name: 'oak_x', where, sinceMs: clock.wallMs() - 1, untilMs: clock.wallMs() })
    expect((await found({ node: 'n2' })).map(({ labels }) => labels)).toEqual([{ node: 'n2', cluster: 'c1' }])
    expect(await found({ cluster: 'c1' })).toHaveLength(2)
    expect(await found({ cluster: 'c2' })).toEqual([])
  })

  it('are there after a restart, up to the last minute, with gaps where nobody measured', async () => {
    const { clock, store, numbers, last } = await opened()
    for (let step = 0; step < 12; step += 1) {
      await numbers.add(family(step))
      await clock.advance(10_000)
    }
    const restarted = await SeriesStore.open(store, clock)
    expect((await last(3 * MINUTE_MS, restarted)).length).toBeGreaterThanOrEqual(6)
    await clock.advance(MINUTE_MS)
    await restarted.add(family(100))
    const [series] = await restarted.read({ name: 'oak_x', sinceMs: clock.wallMs() - MINUTE_MS, untilMs: clock.wallMs() })
    expect(series?.values.at(-1)).toBe(100)
    expect(series?.values.slice(1, -1).every((value) => value === null)).toBe(true)
  })

  it('lose nothing where one page ends and the next begins', async () => {
    const { clock, numbers, last } = await opened()
    for (let step = 0; step < 130; step += 1) {
      await numbers.add(family(step))
      await clock.advance(10_000)
    }
    expect(await last(130 * 10_000)).toEqual(Array.from({ length: 130 }, (_, step) => step))
  })

  it('are finer for hours and coarser for weeks, and then forgotten', async () => {
    const { clock, store, numbers } = await opened()
    await numbers.add(family(1))
    await numbers.flush()
    const kept = async () => (await store.read((reader) => reader.list(seriesPages))).map(({ resolution }) => resolution)
    await clock.advance(RESOLUTIONS.fine.keepMs + 2 * 600_000)
    await numbers.flush()
    expect(await kept()).toEqual(['coarse'])
    await clock.advance(RESOLUTIONS.coarse.keepMs)
    await numbers.flush()
    expect([await kept(), numbers.catalog()]).toEqual([[], []])
  })

  it('stay bounded when labels are out of control', async () => {
    const { numbers } = await opened()
    const samples = Array.from({ length: 2_100 }, (_, index) => ({ labels: { id: String(index) }, value: index }))
    await numbers.add([{ name: 'oak_x', help: 'X.', kind: 'gauge', samples }])
    expect(numbers.refused).toBe(100)
  })
})
