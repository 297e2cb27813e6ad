import { VirtualClock } from '@oakestra/base/testing'
import type { PeerItem } from '@oakestra/model'
import type { HeardFrom } from '@oakestra/net'
import { beforeEach, describe, expect, it } from 'vitest'
import { nodeId, peerItem } from '../testing/overlay-samples.ts'
import { testPaths } from '../testing/test-paths.ts'
import type { Path } from './path.ts'
import { pathCandidates } from './path-candidates.ts'
import type { PathFinder } from './path-finder.ts'

const OTHER = nodeId(1)
const THIRD = nodeId(2)
const GATEWAY = '10.18.1.1'
const ROAMED = { gateway: GATEWAY, address: '198.51.100.7', port: 40_000 }

let clock: VirtualClock
let heard: readonly HeardFrom[]
let items: readonly PeerItem[]
let paths: PathFinder
let changes: number
/** Whether packets to the other node arrive by this way. */
let works: (path: Pick<Path, 'address'>) => boolean

beforeEach(() => {
  clock = new VirtualClock()
  heard = []
  items = [peerItem(1, [1]), peerItem(2, [2])]
  changes = 0
  works = () => true
  paths = testPaths(clock, { heard: async () => heard, onUnreached: () => void (changes += 1) })
  paths.follow(items)
})

/** A second: the kernel gets what is planned, every node is asked, and what arrives is answered. */
async function second(): Promise<void> {
  paths.planned()()
  for (const { nodeId: id, endpoint } of items) {
    paths.asked(id)
    const path = paths.of(id)
    if (id !== OTHER || works(path?.trial ?? path?.current ?? endpoint)) paths.answered(id)
    else paths.missed(id)
  }
  await clock.advance(1_000)
}
const seconds = async (count: number) => {
  for (let each = 0; each < count; each += 1) await second()
}

describe('looking for a way to a node', () => {
  it('leaves everything as the control plane says while that works, and after one lost packet', async () => {
    await seconds(3)
    works = () => false
    await second()
    works = () => true
    await seconds(3)
    expect(paths.of(OTHER)).toBeUndefined()
    expect(paths.unreached()).toEqual([])
  })

  it('follows a node that roams to where its packets come from', async () => {
    await seconds(2)
    heard = [ROAMED]
    works = ({ address }) => address === ROAMED.address
    await seconds(6)
    expect(paths.of(OTHER)).toEqual({ current: { kind: 'seen', address: ROAMED.address, port: ROAMED.port } })
    expect(paths.unreached()).toEqual([])
  })

  it('moves only probes to an address that nobody vouches for', async () => {
    heard = [ROAMED]
    works = () => false
    for (let each = 0; each < 20; each += 1) {
      await second()
      expect(paths.of(OTHER)?.current ?? { kind: 'said' }).toMatchObject({ kind: 'said' })
    }
  })

  it('goes through a third node that reaches it, says so, and comes back when the direct way works again', async () => {
    await seconds(2)
    works = ({ address }) => address === '192.0.2.2'
    for (let each = 0; each < 12; each += 1) {
      paths.told(THIRD, [OTHER])
      await second()
    }
    expect(paths.of(OTHER)?.current).toEqual({ kind: 'relay', via: THIRD, address: '192.0.2.2', port: 50_103 })
    expect(paths.unreached()).toEqual([OTHER])
    expect(paths.reaches([OTHER, THIRD])).toEqual([THIRD])
    works = () => true
    await seconds(40)
    expect(paths.of(OTHER)).toBeUndefined()
    expect([paths.unreached(), changes]).toEqual([[], 2])
  })

  it('asks the others about a node only while there is no direct way to it', async () => {
    await seconds(2)
    expect(paths.seeks()).toEqual([])
    works = () => false
    await seconds(4)
    expect(paths.seeks()).toEqual([OTHER])
  })

  it('costs the way that works one question in half a minute while a third node is between', async () => {
    await seconds(2)
    works = ({ address }) => address === '192.0.2.2'
    for (let each = 0; each < 12; each += 1) {
      paths.told(THIRD, [OTHER])
      await second()
    }
    let misses = 0
    const missed = paths.missed.bind(paths)
    paths.missed = (id) => {
      misses += 1
      missed(id)
    }
    await seconds(65)
    expect(misses).toBeGreaterThan(0)
    expect(misses).toBeLessThan(4)
    expect(paths.of(OTHER)?.current.kind).toBe('relay')
  })

  it('takes what the control plane says anew', async () => {
    paths.follow([peerItem(1, [1], { endpoint: { address: '192.0.2.9', port: 1 } })])
    expect(paths.of(OTHER)).toBeUndefined()
    expect(paths.of(THIRD)).toBeUndefined()
  })
})

it('a node that is heard through a third is first asked through that', () => {
  const ways = [1, 2].map((number) => [nodeId(number), { address: `192.0.2.${number}`, port: 50_103 }] as const)
  const others = { ways: new Map(ways), relays: [] }
  const through = pathCandidates(peerItem(1, []), { ...others, heard: [{ gateway: GATEWAY, address: '192.0.2.2', port: 50_103 }] })
  expect(through.map(({ kind }) => kind)).toEqual(['relay', 'said'])
  const behindOneAddress = pathCandidates(peerItem(1, []), { ...others, heard: [{ gateway: GATEWAY, address: '192.0.2.2', port: 7 }] })
  expect(behindOneAddress.map(({ kind }) => kind)).toEqual(['relay', 'seen', 'said'])
})
