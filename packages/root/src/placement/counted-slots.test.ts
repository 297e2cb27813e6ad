import type { ClusterFacts, Slot } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { countedSlots, hasGrown, likelySlot, reserveIn } from './counted-slots.ts'

const slot = (memoryFreeMiB: number, changes: Partial<Slot> = {}): Slot => ({
  architecture: 'amd64',
  virtualizations: ['container'],
  vcpusTotal: 4,
  vcpusFree: 64,
  memoryFreeMiB,
  vgpusFree: 0,
  storageFreeMiB: 1_000,
  ...changes,
})
const facts = (slots: readonly Slot[], activeNodes: number, memoryFreeMiB: number): ClusterFacts => ({
  name: 'c',
  location: '',
  activeNodes,
  vcpusTotal: 0,
  memoryTotalMiB: 0,
  memoryFreeMiB,
  vgpusTotal: 0,
  cpuPercent: 0,
  memoryPercent: 0,
  virtualizations: [],
  slots,
  asOfGeneration: 0,
  apiPort: 0,
})
const asking = (memoryMiB: number) => ({ memoryMiB, vcpus: 1, vgpus: 0, storageMiB: 0 })
const sizes = (counted: ReturnType<typeof countedSlots>) => counted.map(({ slot: { memoryFreeMiB }, nodes }) => `${nodes}x${memoryFreeMiB}`)

describe('the room of a cluster', () => {
  it('is on every node, though a cluster of like nodes names one', () => {
    expect(sizes(countedSlots(facts([slot(2_000)], 100, 200_000)))).toEqual(['1x2000', '99x2000'])
  })

  it('counts what is left for the nodes that were not named', () => {
    expect(sizes(countedSlots(facts([slot(64_000), slot(1_000, { vcpusTotal: 8 })], 12, 70_000)))).toEqual(['1x64000', '1x1000', '10x500'])
  })

  it.each<[string, readonly Slot[], number]>([
    ['a cluster has only the nodes that it names', [slot(1_000)], 1],
    ['it has nodes of several kinds', [slot(1_000), slot(2_000, { architecture: 'arm64' })], 9],
    ['its nodes run different things', [slot(1_000), slot(2_000, { virtualizations: ['unikernel'] })], 9],
    ['it names none', [], 9],
  ])('is what was named when %s', (_when, slots, nodes) => {
    expect(countedSlots(facts(slots, nodes, 90_000)).map((each) => each.slot)).toEqual(slots)
  })

  it('promises nothing on unnamed nodes that only some may carry', () => {
    const [, unnamed] = countedSlots(facts([slot(500, { labels: ['a=b'], addons: ['x'], csiDrivers: ['y'] })], 2, 900))
    expect(Object.keys(unnamed?.slot ?? {})).toEqual(expect.not.arrayContaining(['labels', 'addons', 'csiDrivers']))
  })
})

describe('a reservation', () => {
  it('takes from one node after the other', () => {
    const counted = countedSlots(facts([slot(300)], 3, 900))
    for (let count = 0; count < 6; count += 1) reserveIn(counted, likelySlot(counted, asking(100)), asking(100))
    expect(sizes(counted)).toEqual(['3x100'])
    for (let count = 0; count < 3; count += 1) reserveIn(counted, likelySlot(counted, asking(100)), asking(100))
    expect(sizes(counted)).toEqual(['3x0'])
  })

  it('goes where it fits', () => {
    expect(likelySlot(countedSlots(facts([slot(900, { vcpusFree: 0 }), slot(500)], 2, 1_400)), asking(100))).toBe(1)
  })

  it('keeps the list short, whatever is reserved', () => {
    const counted = countedSlots(facts([slot(100_000)], 1_000, 100_000_000))
    for (let size = 1; size < 1_000; size += 1) reserveIn(counted, likelySlot(counted, asking(size)), asking(size))
    expect(counted.length).toBeLessThanOrEqual(256)
  })
})

describe('room', () => {
  const of = (...slots: readonly Slot[]) => slots.map((each) => ({ slot: each, nodes: 1 }))

  it.each<[string, readonly Slot[], readonly Slot[], boolean]>([
    ['has grown when a node has more', [slot(100)], [slot(200)], true],
    ['has grown with the first node', [], [slot(1)], true],
    ['has grown when a node carries more', [slot(100)], [slot(50, { labels: ['a=b'] })], true],
    ['has grown with another kind of node', [slot(100)], [slot(50, { architecture: 'arm64' })], true],
    ['has not grown when it shrank', [slot(100)], [slot(90)], false],
    ['has not grown when it is the same', [slot(100)], [slot(100)], false],
    ['has not grown by another small node', [slot(100)], [slot(100), slot(30)], false],
  ])('%s', (_what, before, after, expected) => {
    expect(hasGrown(of(...before), of(...after))).toBe(expected)
  })
})
