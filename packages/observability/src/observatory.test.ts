import { type MetricFamily, silentLogger } from '@oakestra/base'
import { until, VirtualClock } from '@oakestra/base/testing'
import { createMemoryStore } from '@oakestra/store/testing'
import { describe, expect, it } from 'vitest'
import { DEFAULT_RULES } from './alerts/default-rules.ts'
import { type MetricSource, OBSERVATORY_COLLECTIONS, Observatory } from './observatory.ts'

const node = (value: number): MetricFamily[] => [
  { name: 'oak_node_up', help: 'Up.', kind: 'gauge', samples: [{ labels: { node: 'n1', cluster: 'c1' }, value }] },
]

describe('an observatory', () => {
  it('sees a node go within seconds, says so, and says when it is back; numbers are kept', async () => {
    const clock = new VirtualClock()
    let up = 1
    const sources = [async () => node(up), async () => Promise.reject(new Error('no numbers today'))]
    const store = createMemoryStore({ collections: OBSERVATORY_COLLECTIONS })
    await using observatory = await Observatory.open({ store, sources, rules: DEFAULT_RULES, receivers: [], clock, logger: silentLogger })
    let told = 0
    observatory.onAlerts(() => {
      told += 1
    })
    await clock.advance(5_000)
    up = 0
    await clock.advance(8_000)
    await until('it fires', () => told === 1)
    expect(observatory.alerts.current()).toMatchObject([{ rule: 'NodeAway', state: 'firing', summary: 'Node n1 of cluster c1 is away' }])
    up = 1
    await clock.advance(5_000)
    await until('it is over', () => told === 2)
    const [series] = await observatory.series.read({ name: 'oak_node_up', sinceMs: clock.wallMs() - 60_000, untilMs: clock.wallMs() })
    expect(series?.values.filter((value) => value !== null).length).toBeGreaterThanOrEqual(2)
  })

  it('asks for numbers once, however many want to see what it saw', async () => {
    const clock = new VirtualClock()
    let asked = 0
    const sources = [
      async () => {
        asked += 1
        return node(asked)
      },
    ]
    const store = createMemoryStore({ collections: OBSERVATORY_COLLECTIONS })
    await using observatory = await Observatory.open({ store, sources, rules: [], receivers: [], clock, logger: silentLogger })
    const first = await Promise.all(Array.from({ length: 50 }, () => observatory.latest()))
    expect([asked, new Set(first).size]).toEqual([1, 1])
    await clock.advance(4_000)
    await until('it has looked again', () => asked === 2)
    expect((await observatory.latest()).timeMs).toBeGreaterThan(first[0]?.timeMs ?? 0)
    expect(asked).toBe(2)
  })

  it('takes the word of a cluster for its nodes over what root last heard, and makes one alert of what both say', async () => {
    const clock = new VirtualClock()
    let up = 1
    const store = createMemoryStore({ collections: OBSERVATORY_COLLECTIONS })
    const sources = [async () => node(0), async () => node(up)]
    await using observatory = await Observatory.open({ store, sources, rules: DEFAULT_RULES, receivers: [], clock, logger: silentLogger })
    await clock.advance(10_000)
    expect(observatory.alerts.current()).toEqual([])
    up = 0
    await clock.advance(8_000)
    await until('it fires', () => observatory.alerts.current().length > 0)
    expect(observatory.alerts.current()).toMatchObject([{ rule: 'NodeAway', labels: { cluster: 'c1', node: 'n1' } }])
  })

  it('goes on with what fired before a restart, and compares nothing before everybody who has numbers is there', async () => {
    const clock = new VirtualClock()
    const store = createMemoryStore({ collections: OBSERVATORY_COLLECTIONS })
    const options = { store, rules: DEFAULT_RULES, receivers: [], clock, logger: silentLogger }
    const before = await Observatory.open({ ...options, sources: [async () => node(0)] })
    await clock.advance(8_000)
    await until('it fires', () => before.alerts.current()[0]?.state === 'firing')
    await before[Symbol.asyncDispose]()
    const sources: MetricSource[] = []
    let begin = () => {}
    const isComplete = new Promise<void>((resolve) => (begin = resolve))
    await using after = await Observatory.open({ ...options, sources, isComplete })
    await clock.advance(10_000)
    let asked = 0
    sources.push(async () => {
      asked += 1
      return node(0)
    })
    begin()
    await until('it looks', () => asked === 1)
    await clock.advance(4_000)
    await until('it has looked, and looks again', () => asked === 2)
    expect(after.alerts.current()).toMatchObject([{ state: 'firing', startedAtMs: before.alerts.current()[0]?.startedAtMs }])
    expect(await after.alerts.past()).toEqual([])
  })
})
