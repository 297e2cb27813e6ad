import { VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { chooseLoads } from '../events/load-scope.ts'
import { LoadHistory } from './load-history.ts'

const busy = (cpuPercent: number) => ({ cpuPercent, memoryPercent: 5 })
const ofNodes = (nodes: Readonly<Record<string, number>>) => ({
  ...busy(1),
  instances: {},
  nodes: Object.fromEntries(Object.entries(nodes).map(([id, cpu]) => [id, busy(cpu)])),
})

describe('how busy nodes and clusters are', () => {
  it('is known as it was told last, and what was not measured anew is no news', async () => {
    const clock = new VirtualClock()
    const loads = new LoadHistory(clock)
    loads.add('c1', ofNodes({ a: 10, b: 20 }))
    loads.add('c2', { ...busy(3), instances: {} })
    const beganMs = clock.wallMs()
    expect(loads.since(beganMs - 1).map(({ clusterId, nodeId, cpuPercent }) => [clusterId, nodeId, cpuPercent])).toEqual([
      ['c1', undefined, 1],
      ['c1', 'a', 10],
      ['c1', 'b', 20],
      ['c2', undefined, 3],
    ])
    await clock.advance(1_000)
    loads.add('c1', ofNodes({ b: 21 }))
    expect(loads.since(beganMs).map(({ nodeId, cpuPercent, timeMs }) => [nodeId, cpuPercent, timeMs - beganMs])).toEqual([
      [undefined, 1, 1_000],
      ['b', 21, 1_000],
    ])
  })

  it('is remembered of so many at most', () => {
    const loads = new LoadHistory(new VirtualClock())
    loads.add('c', ofNodes(Object.fromEntries(Array.from({ length: 20_100 }, (_, n) => [`n${n}`, 1]))))
    expect(loads.since(0)).toHaveLength(20_000)
  })

  it('is told to who asks for clusters or nodes or nothing in particular, in turns where it is much', () => {
    const all = Array.from({ length: 3_000 }, (_, n) => ({ clusterId: `c${n % 2}`, nodeId: `n${n}`, ...busy(1), timeMs: 1 }))
    expect(chooseLoads({ nodeId: 'n7' }, all, 1)).toHaveLength(1)
    expect(chooseLoads({ clusterId: 'c1' }, all, 1)).toHaveLength(1_500)
    expect(chooseLoads({ applicationId: 'a' }, all, 1)).toEqual([])
    const rounds = [1, 2, 3].flatMap((turn) => chooseLoads({}, all, turn).map(({ nodeId }) => nodeId))
    expect(new Set(rounds).size).toBe(3_000)
  })
})
