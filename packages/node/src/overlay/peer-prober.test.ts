import { generateKeyPairSync } from 'node:crypto'
import { recordingLogger, seededRandom, VirtualClock } from '@oakestra/base/testing'
import { estimateRttMs, isCertain } from '@oakestra/model'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeProbes } from '../testing/fake-probes.ts'
import { nodeId, peerItem } from '../testing/overlay-samples.ts'
import { testPaths } from '../testing/test-paths.ts'
import type { PathFinder } from './path-finder.ts'
import { PeerProber } from './peer-prober.ts'
import { TunnelKey } from './tunnel-key.ts'

const GATEWAYS = ['10.18.0.1', '10.18.1.1', '10.18.2.1'] as const

let clock: VirtualClock
let net: FakeProbes
let nodes: TestPeer[]

class TestPeer {
  readonly prober: PeerProber
  readonly key = new TunnelKey(generateKeyPairSync('x25519').privateKey)
  readonly number: number
  readonly paths: PathFinder
  changes = 0

  constructor(number: number) {
    this.number = number
    this.paths = testPaths(clock)
    this.prober = new PeerProber({
      nodeId: nodeId(number),
      key: this.key,
      transport: net,
      clock,
      random: seededRandom(number),
      logger: recordingLogger(),
      paths: this.paths,
      onChange: () => void (this.changes += 1),
      onNote: () => undefined,
    })
  }

  follow(...others: readonly (TestPeer | undefined)[]): void {
    const items = others.flatMap((other) => (other ? [peerItem(other.number, [], { key: other.key.publicText })] : []))
    this.prober.follow(peerItem(this.number, []).subnetV4, items)
  }

  sees(other: number) {
    return this.prober.standingOf(nodeId(other))
  }
}

beforeEach(() => {
  clock = new VirtualClock()
  net = new FakeProbes(clock)
  nodes = [0, 1, 2].map((number) => new TestPeer(number))
  for (const node of nodes) node.follow(...nodes)
})

afterEach(async () => {
  for (const { prober } of nodes) await prober[Symbol.asyncDispose]()
})

describe('asking other nodes', () => {
  it('measures the shortest round trip of the last ones', async () => {
    net.rttMs = () => 7
    await clock.advance(15_000)
    expect(first().sees(1)).toEqual({ isReachable: true, rttMs: 7 })
    net.rttMs = () => 30
    await clock.advance(5_000)
    expect(first().sees(1)).toMatchObject({ rttMs: 7 })
    await clock.advance(6_000)
    expect(first().sees(1)).toMatchObject({ rttMs: 30 })
  })

  it('finds out within four seconds that a node is dead, and at once that it is back', async () => {
    await clock.advance(3_000)
    net.cut.add(GATEWAYS[2])
    await clock.advance(2_000)
    expect(first().sees(2)?.isReachable).toBe(true)
    await clock.advance(2_000)
    expect(first().sees(2)).toEqual({ isReachable: false })
    expect(first().changes).toBe(1)
    net.cut.clear()
    await clock.advance(1_100)
    expect(first().sees(2)?.isReachable).toBe(true)
    expect(first().changes).toBe(2)
  })

  it('takes a node without agent for one whose traffic flows', async () => {
    await clock.advance(3_000)
    await nodes[1]?.prober[Symbol.asyncDispose]()
    await clock.advance(20_000)
    expect(first().sees(1)?.isReachable).toBe(true)
  })

  it('believes only whoever has the key', async () => {
    const stranger = new TestPeer(1)
    await nodes[1]?.prober[Symbol.asyncDispose]()
    nodes[1] = stranger
    stranger.follow(nodes[0])
    await clock.advance(10_000)
    expect(first().sees(1)).toEqual({ isReachable: false })
  })

  it('says nothing to whom it does not know', async () => {
    first().follow(nodes[2])
    await clock.advance(10_000)
    expect(nodes[1]?.sees(0)).toEqual({ isReachable: false })
    expect(first().sees(1)).toBeUndefined()
  })

  it('stands garbage', async () => {
    await clock.advance(2_000)
    const way = net.open(GATEWAYS[1], GATEWAYS[0], { onAnswer: () => expect.unreachable(), onRefused: () => undefined })
    for (let size = 0; size < 700; size += 50) way.send(Buffer.alloc(size, size))
    await clock.advance(2_000)
    expect(first().sees(1)?.isReachable).toBe(true)
  })

  it('leads to coordinates that estimate what was measured', async () => {
    const access = new Map(GATEWAYS.map((gateway, at) => [gateway, 2 + 3 * at] as const))
    net.rttMs = (from, to) => [from, to].reduce((sum, gateway) => sum + (access.get(gateway as (typeof GATEWAYS)[number]) ?? 0), 0)
    expect(first().prober.coordinates).toBeUndefined()
    await clock.advance(120_000)
    const [own, other] = [first().prober.coordinates, nodes[1]?.prober.coordinates]
    if (!own || !other) throw new Error('there are no coordinates')
    expect(isCertain(own)).toBe(true)
    expect(Math.abs(estimateRttMs(own, other) - 7)).toBeLessThan(2)
  })

  it('costs nothing when there are no others', async () => {
    for (const node of nodes) node.follow()
    const { sent } = net
    await clock.advance(20_000)
    expect(net.sent).toBe(sent)
  })
})

function first(): TestPeer {
  const [node] = nodes
  if (!node) throw new Error('there is no node')
  return node
}
