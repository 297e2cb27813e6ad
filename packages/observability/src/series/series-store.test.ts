import { VirtualClock } from '@oakestra/base/testing'
import type { Store } from '@oakestra/store'
import { createMemoryStore } from '@oakestra/store/testing'
import { describe, expect, it } from 'vitest'
import { pageStart } from './open-page.ts'
import { openPages, pageKey, RESOLUTIONS, seriesHeads, seriesPages } from './series.ts'
import { SeriesStore } from './series-store.ts'

const MINUTE_MS = 60_000
const family = (value: number, labels = {}, kind: 'gauge' | 'counter' = 'gauge') => [
  { name: 'oak_x', help: 'X.', kind, samples: [{ labels, value }] },
]

async function opened() {
  const clock = new VirtualClock()
  const store = createMemoryStore({ collections: [seriesHeads, seriesPages, openPages] })
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

  it('that are written each minute are few documents, however many series there are', async () => {
    const { clock, store, numbers } = await opened()
    const nodes = Array.from({ length: 150 }, (_, index) => `n${index}`)
    const add = (value: number) => numbers.add(nodes.flatMap((node) => family(value, { node })))
    await add(1)
    await numbers.flush()
    const written: string[] = []
    store.onCommit((changes) => written.push(...changes.map(({ collection }) => collection)))
    await clock.advance(10_000)
    await add(2)
    await numbers.flush()
    expect(written).toEqual([openPages.name, openPages.name])
  })

  it('are not lost when they cannot be written for a while', async () => {
    const { clock, store, numbers, last } = await opened()
    const failing: Store = {
      read: (section) => store.read(section),
      write: () => Promise.reject(new Error('the disk is full')),
      onCommit: (listener) => store.onCommit(listener),
      [Symbol.asyncDispose]: async () => {},
    }
    const hindered = await SeriesStore.open(failing, clock)
    for (let step = 0; step < 130; step += 1) {
      await hindered.add(family(step)).catch(() => undefined)
      await clock.advance(10_000)
    }
    expect(await last(130 * 10_000, hindered)).toHaveLength(130)
    expect(await last(130 * 10_000, numbers)).toEqual([])
  })

  it('go on where an earlier version of the program left them', async () => {
    const { clock, store, last } = await opened()
    const id = 'oak_x{}'
    const startMs = pageStart(RESOLUTIONS.fine, clock.wallMs())
    await store.write(async (writer) => {
      await writer.put(seriesHeads, { id, name: 'oak_x', kind: 'gauge', help: 'X.', labels: {}, lastMs: clock.wallMs() })
      await writer.put(seriesPages, { series: id, resolution: 'fine', startMs, values: [7] })
    })
    const numbers = await SeriesStore.open(store, clock)
    await clock.advance(10_000)
    await numbers.add(family(8))
    expect(await last(20_000, numbers)).toEqual([7, 8])
    await clock.advance(RESOLUTIONS.fine.stepMs * RESOLUTIONS.fine.stepsPerPage)
    await numbers.flush()
    expect(await store.read((reader) => reader.get(seriesPages, pageKey(id, 'fine', startMs)))).toMatchObject({ values: [7, 8] })
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
