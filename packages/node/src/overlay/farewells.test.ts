import { generateKeyPairSync } from 'node:crypto'
import { recordingLogger, seededRandom } from '@oakestra/base/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spec } from '../testing/life-samples.ts'
import { nodeId, peerItem, serviceTable, tableInstance } from '../testing/overlay-samples.ts'
import { NODE, PLACE, TestNode } from '../testing/test-node.ts'
import { testPaths } from '../testing/test-paths.ts'
import { PeerProber } from './peer-prober.ts'
import { TunnelKey } from './tunnel-key.ts'

const ADDRESS = '10.30.0.9'
const API = serviceTable([tableInstance(1, 1), tableInstance(2, 2)], {
  serviceId: 'e'.repeat(24),
  addresses: [{ policy: 'round-robin', v4: ADDRESS, v6: 'fdff:2000::9' }],
})
const OWN = '10.30.0.2'

let node: TestNode
/** The agent of another node, as far as probes go. */
let peer: PeerProber
let heard: string[]

beforeEach(async () => {
  heard = []
  node = await TestNode.start()
  await node.until('it is connected', () => node.facts.length > 0)
  const key = new TunnelKey(generateKeyPairSync('x25519').privateKey)
  peer = new PeerProber({
    nodeId: nodeId(1),
    key,
    transport: node.probes,
    clock: node.clock,
    random: seededRandom(1),
    logger: recordingLogger(),
    paths: testPaths(node.clock),
    onChange: () => undefined,
    onNote: (_nodeId, word, address) => void heard.push(`${word} ${address}`),
  })
  await node.say(`peer.${nodeId(1)}`, 'peer', peerItem(1, [1], { key: key.publicText }))
  await node.say(`peer.${nodeId(2)}`, 'peer', peerItem(2, [2]))
  await node.say(`table.${API.serviceId}`, 'table', API)
  const ownKey = node.facts.at(-1)?.tunnel?.key ?? ''
  peer.follow(peerItem(1, []).subnetV4, [{ ...peerItem(0, [], { key: ownKey }), nodeId: NODE, subnetV4: PLACE.subnetV4 }])
  await node.until('they know each other', () => peer.answering().length === 1)
  await node.pass(3_000)
})
afterEach(async () => {
  await peer[Symbol.asyncDispose]()
  await node[Symbol.asyncDispose]()
})

const leadsTo = (targets: string) => node.until(`it leads to ${targets}`, () => node.serviceTargets(ADDRESS) === targets)

describe('an instance of a peer that is about to end', () => {
  it('gets no new connections as soon as the peer says so, which is told to it, and gets them again when it is back', async () => {
    await leadsTo('10.30.0.101,10.30.0.102')
    peer.note(NODE, 'leave', '10.30.0.101')
    await leadsTo('10.30.0.102')
    await node.until('the peer knows', () => heard.includes('left 10.30.0.101'))
    peer.note(NODE, 'back', '10.30.0.101')
    await leadsTo('10.30.0.101,10.30.0.102')
  })

  it('is believed for ten seconds, if its document says otherwise', async () => {
    peer.note(NODE, 'leave', '10.30.0.101')
    await leadsTo('10.30.0.102')
    await node.pass(8_000)
    expect(node.serviceTargets(ADDRESS)).toBe('10.30.0.102')
    await node.pass(15_000)
    expect(node.serviceTargets(ADDRESS)).toBe('10.30.0.101,10.30.0.102')
  })

  it('keeps the connections that it has when its document does not name it any more', async () => {
    await leadsTo('10.30.0.101,10.30.0.102')
    peer.note(NODE, 'leave', '10.30.0.101')
    await leadsTo('10.30.0.102')
    const cuts: unknown[] = []
    node.kernel.beforeStep = (step) => void (step.do === 'cut-flows' && cuts.push(step))
    await node.say(`table.${API.serviceId}`, 'table', { ...API, instances: API.instances.slice(1) })
    await node.pass(2_000)
    expect(cuts).toEqual([])
    await node.pass(30_000)
    expect(cuts).toHaveLength(1)
  })

  it('is only spoken for by the node that has it', async () => {
    peer.note(NODE, 'leave', '10.30.0.102')
    await node.until('the peer is told that nothing of its is sent there', () => heard.includes('left 10.30.0.102'))
    await node.pass(1_000)
    expect(node.serviceTargets(ADDRESS)).toBe('10.30.0.101,10.30.0.102')
  })
})

describe('an instance of this node that is about to end', () => {
  beforeEach(async () => {
    await node.want(spec())
    await node.runs()
    await node.unwant(spec().instanceId)
    await node.until('the peer is told', () => heard.includes(`leave ${OWN}`))
  })

  it('goes on until the peers that answer send nothing new', async () => {
    await node.pass(1_500)
    expect(node.isRunning(spec().instanceId)).toBe(true)
    peer.note(NODE, 'left', OWN)
    await node.pass(300)
    expect(node.isRunning(spec().instanceId)).toBe(false)
  })

  it('does not wait for long for a peer that says nothing', async () => {
    await node.pass(4_000)
    expect(node.isRunning(spec().instanceId)).toBe(false)
  })
})
