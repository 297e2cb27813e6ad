import { execFileSync } from 'node:child_process'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InsightfulNetwork, NetworkInput, Peer } from '../network.ts'
import { sampleAttachment, samplePeer, samplePlace } from '../testing/sample-input.ts'
import { TestLan } from '../testing/test-lan.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: ways between nodes on the real kernel, for ${why}`)

const TAGS = ['0ea21', '0ea22', '0ea23'] as const
const NODES = [0, 1, 2] as const
const PROBE_PORT = 50_104

const instanceOf = (node: number) => ({ v4: `10.30.0.${node * 64 + 1}`, v6: `fdff::${(node * 64 + 1).toString(16)}` })
const gatewayOf = (node: number) => `10.18.0.${node * 64 + 1}`

describe.skipIf(why).each(['v4', 'v6'] as const)('the ways between three nodes joined over IP%s', (family) => {
  let machines: readonly TestMachine[]
  let networks: readonly InsightfulNetwork[]
  let lan: TestLan

  const machine = (node: number) => machines[node] as TestMachine
  const network = (node: number) => networks[node] as InsightfulNetwork
  const netns = (node: number) => network(node).netnsPath(sampleAttachment(1, [], node).instanceId)
  const at = (node: number) => TestLan.address(family, node)
  const peer = (node: number, way: Partial<Peer> = {}): Peer => ({ ...samplePeer(node, at(node), [1]), ...way })
  const inputOf = (node: 0 | 1 | 2, peers: readonly Peer[]): NetworkInput => ({
    place: { ...samplePlace(TAGS[node], node), tunnel: { port: 50_103 } },
    attachments: [sampleAttachment(1, [], node)],
    services: [],
    peers,
  })
  const usual = (node: 0 | 1 | 2) =>
    inputOf(
      node,
      NODES.filter((other) => other !== node).map((other) => peer(other)),
    )
  const filter = (node: number, ...command: readonly string[]) =>
    execFileSync('nsenter', [`--net=${machine(node).path}`, 'nft', ...command])
  /** Neither of the two hears the other on the wire any more. */
  const part = () => {
    for (const [node, other] of [
      [0, 1],
      [1, 0],
    ] as const) {
      filter(node, 'add table inet cable')
      filter(node, 'add chain inet cable in { type filter hook prerouting priority -400; }')
      filter(node, `add rule inet cable in ${family === 'v4' ? 'ip' : 'ip6'} saddr ${at(other)} udp dport 50103 drop`)
    }
  }
  const probe = (from: number, to: number) =>
    machine(from).run(machine(from).path, 'bash', '-c', `echo hi > /dev/udp/${gatewayOf(to)}/${PROBE_PORT}`)

  beforeAll(async () => {
    machines = await Promise.all(NODES.map((node) => TestMachine.create(`paths${family}${node}`)))
    lan = new TestLan(`paths${family}`, machines)
    networks = NODES.map((node) => machine(node).network(TAGS[node]))
    for (const node of NODES) {
      await network(node).apply(usual(node))
      await machine(node).serve(netns(node), 80, `i${node}`)
    }
  })
  afterAll(async () => {
    for (const each of machines ?? []) await each[Symbol.asyncDispose]()
    lan?.[Symbol.dispose]()
  })

  it('notes from where a probe comes, and probes leave from the port of the tunnel', async () => {
    await until('it was heard', async () => {
      probe(0, 1)
      return (await network(1).heard()).length > 0
    })
    expect(await network(1).heard()).toEqual([{ gateway: gatewayOf(0), address: at(0), port: 50_103 }])
  })

  it('two nodes that do not hear each other speak through a third, and both see who it is', async () => {
    part()
    expect(await machine(0).ask(netns(0), instanceOf(1).v4, 80)).not.toMatch(/^i1/)
    const through = (node: number) => peer(node, { address: at(2), isRelayed: true, alsoFrom: [at(node)] })
    await network(0).apply(inputOf(0, [through(1), peer(2)]))
    await network(1).apply(inputOf(1, [through(0), peer(2)]))
    expect(await machine(0).ask(netns(0), instanceOf(1).v4, 80)).toBe(`i1 ${instanceOf(0).v4}`)
    expect(await machine(1).ask(netns(1), instanceOf(0).v6, 80)).toBe(`i0 ${instanceOf(1).v6}`)
    expect(await machine(0).ask(netns(0), instanceOf(2).v4, 80)).toBe(`i2 ${instanceOf(0).v4}`)
    const [how] = await network(0).explain(inputOf(0, [through(1), peer(2)]), instanceOf(1).v4)
    expect(how).toContain('on node node-1, through the tunnel of another node')
  })

  it.runIf(family === 'v4')('another way is tried with probes alone', async () => {
    await network(0).apply(inputOf(0, [peer(1, { trial: { address: at(2), port: 50_103 } }), peer(2)]))
    await until('the probe comes through the third', async () => {
      probe(0, 1)
      return (await network(1).heard()).some(({ gateway, address }) => gateway === gatewayOf(0) && address === at(2))
    })
    expect(await machine(0).ask(netns(0), instanceOf(1).v4, 80)).not.toMatch(/^i1/)
  })

  it('a node is reached at the address and port that another saw', async () => {
    for (const node of [0, 1]) filter(node, 'delete table inet cable')
    for (const node of NODES) await network(node).apply(usual(node))
    const seen = peer(1, { isTranslated: true })
    await network(0).apply(inputOf(0, [seen, peer(2)]))
    expect(await network(0).verify(inputOf(0, [seen, peer(2)]))).toEqual([])
    expect(await machine(0).ask(netns(0), instanceOf(1).v4, 80)).toBe(`i1 ${instanceOf(0).v4}`)
    await network(0).apply(usual(0))
  })

  it.runIf(family === 'v4')('the address of a gateway cannot be reached by a neighbour that routes to it', async () => {
    await machine(1).serve(machine(1).path, 8053, 'gateway')
    expect(await machine(0).ask(netns(0), gatewayOf(1), 8053)).toMatch(/^gateway /)
    machine(2).ip('route', 'add', `${gatewayOf(1)}/32`, 'via', TestLan.address('v4', 1))
    machine(2).ip('rule', 'add', 'priority', '100', 'to', gatewayOf(1), 'lookup', 'main')
    expect(await machine(2).ask(machine(2).path, gatewayOf(1), 8053)).not.toMatch(/^gateway /)
  })
})
