import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayEntry, InsightfulNetwork, NetworkInput } from '../network.ts'
import { sampleAttachment, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { TestLan } from '../testing/test-lan.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: gates on the real kernel, for ${why}`)

const TAGS = ['0ea61', '0ea62'] as const
const PORT = 50_103
/** Of the machines, in the order in which they join the network: two nodes, and a client that knows nothing of the overlay. */
const CLIENT = 2

const both = { ...sampleService(1, []), targets: [target(1, 0), target(1, 1)] }
const gateway: GatewayEntry = {
  serviceId: 'web',
  name: 'web',
  v4: '10.30.1.1',
  ports: [
    { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
    { hostPort: 5353, containerPort: 53, protocol: 'udp' },
  ],
}

function target(number: number, node: number) {
  const { instanceV4: v4, instanceV6: v6 } = sampleAttachment(number, [], node)
  return { v4, v6 }
}

describe.skipIf(why)('a service that is published at a node', () => {
  let machines: readonly TestMachine[]
  let networks: readonly InsightfulNetwork[]
  let lan: TestLan

  const machine = (node: number) => machines[node] as TestMachine
  const network = (node: number) => networks[node] as InsightfulNetwork
  const inputOf = (node: 0 | 1, changes: Partial<NetworkInput> = {}): NetworkInput => ({
    place: { ...samplePlace(TAGS[node], node), tunnel: { port: PORT } },
    attachments: [sampleAttachment(1, [], node)],
    services: [both],
    peers: [samplePeer(1 - node, TestLan.address('v4', 1 - node), [1], PORT)],
    ...changes,
  })
  const addresses = (node: number) => (['v4', 'v6'] as const).map((family) => TestLan.address(family, node))
  const ask = (address: string) => machine(CLIENT).ask(machine(CLIENT).path, address, 8080)

  beforeAll(async () => {
    machines = await Promise.all([0, 1, CLIENT].map((at) => TestMachine.create(`gates${at}`)))
    lan = new TestLan('gates', machines)
    networks = TAGS.map((tag, node) => machine(node).network(tag))
    await network(0).apply(inputOf(0, { gateways: [gateway] }))
    await network(1).apply(inputOf(1))
    for (const node of [0, 1]) {
      const netns = network(node).netnsPath(sampleAttachment(1, [], node).instanceId)
      await machine(node).serve(netns, 80, `i${node}`)
      await machine(node).serveUdp(netns, 53, `udp${node}`)
    }
  })
  afterAll(async () => {
    for (const each of machines ?? []) await each[Symbol.asyncDispose]()
    lan?.[Symbol.dispose]()
  })

  it('answers clients outside the overlay by turns, from the node itself and from another', async () => {
    for (const address of addresses(0)) {
      const said = [await ask(address), await ask(address), await ask(address), await ask(address)].map((text) => text.split(' '))
      expect(said.map(([name = '']) => name).toSorted(), address).toEqual(['i0', 'i0', 'i1', 'i1'])
      const here = said.find(([name]) => name === 'i0')?.[1]
      const there = said.find(([name]) => name === 'i1')?.[1]
      expect([here, there]).toEqual(
        address.includes(':') ? [TestLan.address('v6', CLIENT), 'fc00::1'] : [TestLan.address('v4', CLIENT), '10.18.0.1'],
      )
    }
  })

  it('answers datagrams likewise', async () => {
    for (const address of addresses(0)) {
      const said = [
        await machine(CLIENT).askUdp(machine(CLIENT).path, address, 5353),
        await machine(CLIENT).askUdp(machine(CLIENT).path, address, 5353),
      ]
      expect(said.toSorted(), address).toEqual(['udp0', 'udp1'])
    }
  })

  it('is reached by the machine itself, at 127.0.0.1 too', async () => {
    for (const address of [TestLan.address('v4', 0), TestLan.address('v6', 0), '127.0.0.1']) {
      const said = [await machine(0).ask(machine(0).path, address, 8080), await machine(0).ask(machine(0).path, address, 8080)]
      expect(said.map((text) => text.split(' ')[0] ?? '').toSorted(), address).toEqual(['i0', 'i1'])
    }
  })

  it('is there after another agent took over, without a change of the kernel', async () => {
    await network(0)[Symbol.asyncDispose]()
    expect(await network(0).apply(inputOf(0, { gateways: [gateway] }))).toEqual({ added: [], removed: [] })
    expect(await network(0).verify(inputOf(0, { gateways: [gateway] }))).toEqual([])
  })

  it('is refused a port that a program or an instance of the machine has, and says so', async () => {
    await machine(0).serve(machine(0).path, 7070, 'program')
    const taken = { ...gateway, serviceId: 'late', name: 'late', ports: [{ hostPort: 7070, containerPort: 80, protocol: 'tcp' as const }] }
    await network(0).apply(inputOf(0, { gateways: [gateway, taken] }))
    expect([...network(0).gatewayFaults()]).toEqual([['late', 'port 7070/tcp cannot be published: a program of this machine has it']])
    expect((await ask(TestLan.address('v4', 0))).split(' ')[0]).toMatch(/^i[01]$/)
  })

  it('is not reached any more once it is taken back', async () => {
    await network(0).apply(inputOf(0))
    await expect(ask(TestLan.address('v4', 0))).resolves.not.toMatch(/^i/)
  })
})
