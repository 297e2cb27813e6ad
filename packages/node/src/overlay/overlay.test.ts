import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { spec } from '../testing/life-samples.ts'
import { nodeId, peerItem, serviceTable, tableInstance } from '../testing/overlay-samples.ts'
import { TestNode } from '../testing/test-node.ts'
import { TunnelKey } from './tunnel-key.ts'

const API = 'e'.repeat(24)
const API_ADDRESS = '10.30.0.9'
const MINUTE_MS = 60_000
const api = (node = 1) =>
  serviceTable([tableInstance(1, node)], {
    serviceId: API,
    name: { service: 'api', namespace: 'back', application: 'other', applicationNamespace: 'prod' },
    addresses: [{ policy: 'round-robin', v4: API_ADDRESS, v6: 'fdff:2000::9' }],
  })

let node: TestNode
beforeEach(async () => {
  node = await TestNode.start()
  await node.until('it is connected', () => node.facts.length > 0)
  await node.pass(100)
})
afterEach(() => node[Symbol.asyncDispose]())

const sayTable = (table = api()) => node.say(`table.${table.serviceId}`, 'table', table)
const sayPeer = (number: number, instances: readonly number[], key?: string) =>
  node.say(`peer.${nodeId(number)}`, 'peer', peerItem(number, instances, key === undefined ? {} : { key }))
const leadsTo = (address: string, targets: string) =>
  node.until(`${address} leads to ${targets || 'nobody'}`, () => node.serviceTargets(address) === targets)
const tunnelAddresses = () => JSON.stringify(node.kernel.state(node.tag).routes).match(/192\.0\.2\.\d+/g) ?? []

describe('what the document says of others', () => {
  it('is in the kernel as soon as it is here, and goes with it', async () => {
    await sayPeer(1, [1])
    await sayTable()
    await leadsTo(API_ADDRESS, '10.30.0.101')
    expect(tunnelAddresses()).toContain('192.0.2.1')
    await sayTable(serviceTable([], { ...api(), instances: [] }))
    await leadsTo(API_ADDRESS, '')
    await node.unwant(`peer.${nodeId(1)}`)
    await node.until('there is no tunnel', () => tunnelAddresses().length === 0)
    expect(node.kernel.state(node.tag).tunnel).toBeUndefined()
  })

  it('is there after a restart of the agent without its cluster', async () => {
    await sayPeer(1, [1])
    await sayTable()
    await leadsTo(API_ADDRESS, '10.30.0.101')
    const before = node.kernel.state(node.tag)
    node.cut()
    const steps: string[] = []
    node.kernel.beforeStep = (step) => void steps.push(step.do)
    await node.halt()
    await node.boot()
    await node.pass(5_000)
    // What may have happened while nobody looked is ended, and nothing else is touched.
    expect(steps).toEqual(['cut-flows'])
    expect(node.kernel.state(node.tag)).toEqual(before)
    await node.losePower()
    await node.boot()
    await leadsTo(API_ADDRESS, '10.30.0.101')
  })

  it('stays as it was understood last where it cannot be read', async () => {
    await sayPeer(1, [1])
    await sayTable()
    await leadsTo(API_ADDRESS, '10.30.0.101')
    await node.say(`table.${API}`, 'table', { serviceId: 7 })
    await node.say(`peer.${nodeId(1)}`, 'peer', { ...peerItem(1, []), endpoint: { address: 'nowhere', port: 1 } })
    await node.pass(1_000)
    expect(node.serviceTargets(API_ADDRESS)).toBe('10.30.0.101')
  })

  it('joins what runs here, of which this node knows more', async () => {
    await node.want(spec())
    await node.runs()
    await sayPeer(1, [1])
    await sayTable(serviceTable([tableInstance(1, 1), tableInstance(0, 0, { v4: '10.30.0.2', v6: 'fdff::2' })]))
    await leadsTo('10.30.0.1', '10.30.0.2,10.30.0.101')
  })

  it('says what it does with an address', async () => {
    await sayPeer(1, [1])
    await sayTable()
    await leadsTo(API_ADDRESS, '10.30.0.101')
    expect(await node.explain(API_ADDRESS)).toContainEqual(expect.stringContaining(`on node ${nodeId(1)}, through the tunnel`))
    const lines = (await node.explain()).join('\n')
    expect(lines).toContain(`Node ${nodeId(1)} at 192.0.2.1 port 50103 with 1 instances`)
    expect(lines).toContain('Service other.prod.api.back: 1 of 1 instances are ready.')
  })
})

describe('the first packet to an address that the node does not know', () => {
  it('waits for the table and the way, and the cluster hears of the interest', async () => {
    node.owners.set(API_ADDRESS, API)
    const asking = node.askFor?.(API_ADDRESS)
    await node.until('the cluster knows the interest', () => node.interests.has(API))
    await sayTable()
    await node.pass(200)
    expect(node.serviceTargets(API_ADDRESS)).toBe('')
    await sayPeer(1, [1])
    await node.pass(200)
    expect(await asking).toBe(true)
    expect(node.serviceTargets(API_ADDRESS)).toBe('10.30.0.101')
    expect(await node.askFor?.(API_ADDRESS)).toBe(true)
    expect(node.asked).toEqual([API_ADDRESS])
  })

  it('waits a second at most for the way to a service whose table is here', async () => {
    node.owners.set(API_ADDRESS, API)
    await sayTable()
    await node.pass(100)
    const asking = node.askFor?.(API_ADDRESS)
    await node.pass(2_000)
    expect(await asking).toBe(true)
  })

  it('is refused when nobody has the address, and the cluster is not asked again for two seconds', async () => {
    node.owners.set('10.30.7.7', null)
    const ask = async () => {
      const asking = node.askFor?.('10.30.7.7')
      await node.pass(100)
      return asking
    }
    expect([await ask(), await ask(), node.asked.length]).toEqual([false, false, 1])
    await node.pass(2_000)
    expect([await ask(), node.asked.length]).toEqual([false, 2])
  })

  it('is lost while the cluster is away, and is asked for again when it is back', async () => {
    node.owners.set(API_ADDRESS, API)
    node.cut()
    await node.pass(10_000)
    await expect(node.askFor?.(API_ADDRESS)).rejects.toMatchObject({ code: 'unavailable' })
    node.restore()
    await node.pass(30_000)
    await sayPeer(1, [1])
    await sayTable()
    const asking = node.askFor?.(API_ADDRESS)
    await node.pass(500)
    expect(await asking).toBe(true)
  })
})

describe('an interest', () => {
  beforeEach(async () => {
    node.owners.set(API_ADDRESS, API)
    const asking = node.askFor?.(API_ADDRESS)
    await sayPeer(1, [1])
    await sayTable()
    await node.until('the cluster knows it', () => node.interests.has(API))
    await node.pass(100)
    await asking
  })

  it('lasts as long as the kernel knows a connection, however idle, and minutes longer', async () => {
    node.kernel.flows = [{ source: '10.30.0.2', destination: API_ADDRESS, answeredBy: '10.30.0.101' }]
    await node.pass(60 * MINUTE_MS)
    expect(node.interests).toContain(API)
    node.kernel.flows = []
    await node.pass(4 * MINUTE_MS)
    expect(node.interests).toContain(API)
    await node.pass(3 * MINUTE_MS)
    expect([...node.interests]).toEqual([])
  })

  it('is told again after a restart of the agent', async () => {
    await node.halt()
    node.interests.clear()
    await node.boot()
    await node.until('the cluster knows it again', () => node.interests.has(API))
  })
})

it('a service that this node was told of unasked is asked for as well while something here uses it', async () => {
  await sayPeer(1, [1])
  await sayTable()
  await leadsTo(API_ADDRESS, '10.30.0.101')
  await node.pass(2 * MINUTE_MS)
  expect([...node.interests]).toEqual([])
  node.kernel.flows = [{ source: '10.30.0.2', destination: API_ADDRESS, answeredBy: '10.30.0.101' }]
  await node.pass(2 * MINUTE_MS)
  expect([...node.interests]).toEqual([API])
})

describe('a node that does not answer', () => {
  it('loses its turn until it answers again, whatever the cluster knows', async () => {
    const key = new TunnelKey(generateKeyPairSync('x25519').privateKey)
    await sayPeer(1, [1], key.publicText)
    await sayPeer(2, [2])
    await sayTable({ ...api(), instances: [tableInstance(1, 1), tableInstance(2, 2)] })
    await leadsTo(API_ADDRESS, '10.30.0.101,10.30.0.102')
    node.cut()
    node.probes.cut.add('10.18.1.1')
    await leadsTo(API_ADDRESS, '10.30.0.102')
    expect(tunnelAddresses()).toContain('192.0.2.1')
    node.probes.cut.clear()
    await leadsTo(API_ADDRESS, '10.30.0.101,10.30.0.102')
  })
})

describe('an instance that is to end', () => {
  it('takes no new connections for a moment before, so that other nodes hear of it', async () => {
    await node.want(spec())
    await node.runs()
    await sayPeer(1, [1])
    await node.pass(100)
    await node.unwant(spec().instanceId)
    await node.until('it gets no new connections', () => node.serviceTargets('10.30.0.1') === '')
    await node.pass(300)
    expect(node.isRunning(spec().instanceId)).toBe(true)
    await node.until('it has ended', () => !node.isRunning(spec().instanceId))
  })

  it('runs on, in its service, when it is sent here again in that moment', async () => {
    await node.want(spec())
    await node.runs()
    await sayPeer(1, [1])
    await node.pass(100)
    await node.unwant(spec().instanceId)
    await node.until('it gets no new connections', () => node.serviceTargets('10.30.0.1') === '')
    await node.want(spec({ term: 3 }))
    await node.until('it gets connections again', () => node.serviceTargets('10.30.0.1') === '10.30.0.2')
    await node.pass(10_000)
    expect(node.serviceTargets('10.30.0.1')).toBe('10.30.0.2')
    expect(node.startsOf(spec().instanceId)).toBe(1)
  })
})

describe('names', () => {
  it('are those of the tables, and of what runs here', async () => {
    await node.want(spec())
    await node.runs()
    expect(node.zone?.().lookup('web.front.shop.prod.oak')).toMatchObject({ v4: '10.30.0.1' })
    await sayTable()
    await node.until('the name is known', () => node.zone?.().lookup('api.back.other.prod.oak')?.v4 === API_ADDRESS)
    expect(node.zone?.().lookup('1.api.back.other.prod.oak')).toEqual({ v4: '10.30.0.101', v6: 'fdff::65' })
  })
})

describe('what the node says of itself', () => {
  it('has the port and the key of its tunnel, the same after a restart', async () => {
    const said = node.facts.at(-1)?.tunnel
    expect(said).toMatchObject({ port: 50_103, key: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/) })
    await node.halt()
    await node.boot()
    await node.until('it said it again', () => node.facts.length > 1)
    expect(node.facts.at(-1)?.tunnel).toEqual(said)
  })
})
