import { VirtualClock } from '@oakestra/base/testing'
import type { ClusterFacts } from '@oakestra/model'
import { expect, it } from 'vitest'
import { FactsBoard } from './facts-board.ts'

const FACTS: ClusterFacts = {
  name: 'site',
  location: '',
  activeNodes: 0,
  vcpusTotal: 0,
  memoryTotalMiB: 0,
  memoryFreeMiB: 0,
  vgpusTotal: 0,
  cpuPercent: 0,
  memoryPercent: 0,
  virtualizations: [],
  slots: [],
  asOfGeneration: 0,
  apiPort: 1,
}

it('looks again by itself while it is too early to say how nodes are, and not after', async () => {
  const clock = new VirtualClock()
  let [looks, changes] = [0, 0]
  let facts = FACTS
  const board = new FactsBoard({
    clock,
    facts: async () => {
      looks += 1
      return facts
    },
    onChange: () => {
      changes += 1
    },
    onFailure: () => undefined,
  })
  await board.take()
  await clock.advance(5_000)
  expect(looks).toBeGreaterThan(1)
  expect(changes).toBe(0)
  facts = { ...FACTS, nodeStates: { here: 0, cordoned: 0, away: 1, awayNames: ['edge'] } }
  await clock.advance(5_000)
  expect(changes).toBe(1)
  const until = looks
  await clock.advance(60_000)
  expect(looks).toBe(until)
  board.close()
})
