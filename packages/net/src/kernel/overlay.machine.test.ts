import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { InsightfulNetwork, NetworkInput, Peer, ServiceEntry } from '../network.ts'
import { sampleAttachment, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { TestLan } from '../testing/test-lan.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: several nodes on the real kernel, for ${why}`)

const TAGS = ['0ea11', '0ea12', '0ea13'] as const
/** The last node has another port than the others, which is rewritten on the way out. */
const PORTS = [50_103, 50_103, 50_777] as const
const NODES = [0, 1, 2] as const
const INSTANCES = [1, 2]

const target = (number: number, node: number) => ({ v4: `10.30.0.${node * 64 + number}`, v6: `fdff::${(node * 64 + number).toString(16)}` })
const everywhere: ServiceEntry = { ...sampleService(1, []), targets: NODES.map((node) => target(1, node)) }
const onlyThird: ServiceEntry = { ...sampleService(2, []), targets: [target(2, 2)] }

const UNDERLAYS = [
  { family: 'v4', lanMtu: 1500 },
  { family: 'v6', lanMtu: 1500 },
] as const

describe.skipIf(why).each(UNDERLAYS)('three nodes joined over IP$family', ({ family }) => {
  let machines: readonly TestMachine[]
  let networks: readonly InsightfulNetwork[]
  let lan: TestLan

  const peersOf = (node: number): readonly Peer[] =>
    NODES.filter((other) => other !== node).map((other) => samplePeer(other, TestLan.address(family, other), INSTANCES, PORTS[other]))
  const inputOf = (node: 0 | 1 | 2): NetworkInput => ({
    place: { ...samplePlace(TAGS[node], node), tunnel: { port: PORTS[node] } },
    attachments: INSTANCES.map((number) => sampleAttachment(number, [], node)),
    services: [everywhere, onlyThird, sampleService(3, [])],
    peers: peersOf(node),
  })
  const machine = (node: number) => machines[node] as TestMachine
  const network = (node: number) => networks[node] as InsightfulNetwork
  const netns = (number: number, node: number) => network(node).netnsPath(sampleAttachment(number, [], node).instanceId)

  beforeAll(async () => {
    machines = await Promise.all(NODES.map((node) => TestMachine.create(`overlay${family}${node}`)))
    lan = new TestLan(`lan${family}`, machines)
    networks = NODES.map((node) => machine(node).network(TAGS[node]))
    for (const node of NODES) await network(node).apply(inputOf(node))
    for (const node of NODES) {
      for (const number of INSTANCES) {
        await machine(node).serve(netns(number, node), 80, `i${node}${number}`)
        await machine(node).serveUdp(netns(number, node), 53, `udp${node}${number}`)
      }
    }
  })
  afterAll(async () => {
    for (const each of machines ?? []) await each[Symbol.asyncDispose]()
    lan?.[Symbol.dispose]()
  })

  const pairs = NODES.flatMap((from) => NODES.filter((to) => to !== from).map((to) => [from, to] as const))

  it.each(pairs)('lets node %i reach the instances of node %i, which see the true caller', async (from, to) => {
    const [caller, { v4, v6 }] = [target(1, from), target(2, to)]
    expect(await machine(from).ask(netns(1, from), v4, 80)).toBe(`i${to}2 ${caller.v4}`)
    expect(await machine(from).ask(netns(1, from), v6, 80)).toBe(`i${to}2 ${caller.v6}`)
    expect(await machine(from).askUdp(netns(1, from), v4, 53)).toBe(`udp${to}2`)
    expect(await machine(from).askUdp(netns(1, from), v6, 53)).toBe(`udp${to}2`)
    for (const address of [v4, v6]) expect(machine(from).run(netns(1, from), 'ping', '-c1', '-W2', address).status, address).toBe(0)
  })

  it.each(pairs)('lets node %i reach the namespace addresses of node %i', async (from, to) => {
    const { namespaceV4, namespaceV6 } = sampleAttachment(2, [], to)
    expect(await machine(from).ask(netns(1, from), namespaceV4, 80)).toBe(`i${to}2 ${target(1, from).v4}`)
    expect(await machine(from).ask(netns(1, from), namespaceV6, 80)).toBe(`i${to}2 ${target(1, from).v6}`)
  })

  it.each(['10.30.1.1', 'fdff:2000::1'])('spreads calls to %s over the nodes in exact turns', async (address) => {
    const names: string[] = []
    for (let i = 0; i < 9; i++) names.push((await machine(0).ask(netns(2, 0), address, 80)).split(' ')[0] ?? '')
    expect(names.toSorted()).toEqual(['i01', 'i01', 'i01', 'i11', 'i11', 'i11', 'i21', 'i21', 'i21'])
  })

  it('shows a server behind a service address the true caller', async () => {
    expect(await machine(1).ask(netns(1, 1), '10.30.1.2', 80)).toBe(`i22 ${target(1, 1).v4}`)
    expect(await machine(1).ask(netns(1, 1), 'fdff:2000::2', 80)).toBe(`i22 ${target(1, 1).v6}`)
    expect(await machine(1).askUdp(netns(1, 1), '10.30.1.2', 53)).toBe('udp22')
    expect(await machine(1).askUdp(netns(1, 1), 'fdff:2000::2', 53)).toBe('udp22')
    for (const address of ['10.30.1.2', 'fdff:2000::2']) {
      expect(machine(1).run(netns(1, 1), 'ping', '-c1', '-W2', address).status, address).toBe(0)
    }
  })

  it('lets the machine itself reach instances and services elsewhere', async () => {
    for (const address of [target(2, 2).v4, target(2, 2).v6, '10.30.1.2', 'fdff:2000::2']) {
      expect(await machine(0).ask(machine(0).path, address, 80), address).toMatch(/^i22 /)
    }
  })

  it('lets a call from a namespace address reach a service elsewhere', async () => {
    expect(await machine(0).ask(netns(1, 0), '10.30.1.2', 80, sampleAttachment(1).namespaceV4)).toMatch(/^i22 /)
  })

  it('carries datagrams that are larger than any link', () => {
    for (const address of [target(2, 1).v4, target(2, 1).v6, '10.30.1.2', 'fdff:2000::2']) {
      expect(machine(0).run(netns(1, 0), 'ping', '-c1', '-W2', '-s', '9000', address).status, address).toBe(0)
    }
  })

  it('says how large a packet may be, instead of losing it', () => {
    const [fits, tooLarge] = family === 'v4' ? [1422, 1423] : [1416, 1417]
    const ping = (size: number, address: string) =>
      machine(0).run(netns(2, 0), 'ping', '-c2', '-i0.2', '-W2', '-M', 'do', '-s', String(size), address)
    expect(ping(fits, target(2, 1).v4).stdout).toContain(' 0% packet loss')
    expect(ping(tooLarge, target(2, 1).v4).stdout + ping(tooLarge, target(2, 1).v4).stderr).toMatch(/too long|Frag needed/)
  })

  it('accepts packets on the tunnel port from known peers only', async () => {
    const withoutFirst = { ...inputOf(1), peers: peersOf(1).slice(1) }
    await network(1).apply(withoutFirst)
    expect(await machine(0).ask(netns(1, 0), target(2, 1).v4, 80)).not.toMatch(/^i/)
    expect(await machine(2).ask(netns(1, 2), target(2, 1).v4, 80)).toMatch(/^i12 /)
    await network(1).apply(inputOf(1))
    expect(await machine(0).ask(netns(1, 0), target(2, 1).v4, 80)).toMatch(/^i12 /)
  })

  it('tracks no connection for the tunnel itself', () => {
    const { stdout } = machine(0).run(machine(0).path, 'conntrack', '-L')
    expect(stdout).not.toMatch(/dport=(50103|50777)/)
  })

  it('knows which services and instances elsewhere are in use', async () => {
    await machine(2).ask(netns(1, 2), '10.30.1.2', 80)
    await machine(1).ask(netns(1, 1), 'fdff:2000::2', 80)
    const [server, client] = [await network(2).activity(), await network(1).activity()]
    expect(client.get('fdff:2000::2')).toBeGreaterThan(0)
    expect(client.get(target(2, 2).v6)).toBeGreaterThan(0)
    expect(server.get(target(1, 1).v6)).toBeGreaterThan(0)
    expect([...client.keys()].filter((address) => sampleService(3, []).v4 === address)).toEqual([])
  })

  it('explains where a packet goes', async () => {
    const lines = await network(0).explain(inputOf(0), target(2, 1).v4)
    expect(lines[0]).toMatch(/on node node-1, through the tunnel/)
    expect(lines[1]).toBe('The kernel has all of this.')
  })

  it('finds nothing to do after a restart, and repairs a tunnel that was deleted', async () => {
    await network(0)[Symbol.asyncDispose]()
    expect(await network(0).verify(inputOf(0))).toEqual([])
    machine(0).ip('link', 'del', `otun-${TAGS[0]}`)
    expect(await network(0).verify(inputOf(0))).toContain(`missing: tunnel otun-${TAGS[0]} port ${PORTS[0]}`)
    await network(0).apply(inputOf(0))
    expect(await network(0).verify(inputOf(0))).toEqual([])
    expect(await machine(0).ask(netns(1, 0), target(2, 1).v4, 80)).toMatch(/^i12 /)
  })

  it('moves to another port without leaving the old one', async () => {
    const moved: NetworkInput = { ...inputOf(0), place: { ...inputOf(0).place, tunnel: { port: 50_888 } } }
    await network(0).apply(moved)
    expect(await network(0).verify(moved)).toEqual([])
    await network(1).apply({
      ...inputOf(1),
      peers: peersOf(1).map((peer) => (peer.nodeId === 'node-0' ? { ...peer, port: 50_888 } : peer)),
    })
    expect(await machine(0).ask(netns(1, 0), target(2, 1).v4, 80)).toMatch(/^i12 /)
    await network(0).apply(inputOf(0))
    await network(1).apply(inputOf(1))
  })

  it('keeps a connection while other peers and services come and go', async () => {
    await machine(2).serveEcho(netns(2, 2), 81, 'echo')
    const client = machine(0).connect(netns(1, 0), '10.30.1.2', 81)
    let received = ''
    client.stdout.on('data', (data) => (received += data))
    const say = async (word: string) => {
      client.stdin.write(word)
      await until(`${word} came back`, () => received.includes(`echo:${word}`))
    }
    await say('one')
    await network(0).apply({ ...inputOf(0), peers: peersOf(0).filter(({ nodeId }) => nodeId === 'node-2'), services: [onlyThird] })
    await say('two')
    await network(0)[Symbol.asyncDispose]()
    await network(0).apply(inputOf(0))
    await say('three')
  })

  it('fails no connection while the targets of a service change all the time', async () => {
    const load = { isOver: false }
    const ask = async () => {
      while (!load.isOver) answers.push(await machine(0).ask(netns(1, 0), '10.30.1.1', 80))
    }
    const answers: string[] = []
    const clients = [ask(), ask(), ask()]
    const all = everywhere.targets
    for (let round = 0; round < 200 || answers.length < 40; round++) {
      await turnOfTheLoop()
      const gone = all[round % all.length]
      const changed = { ...everywhere, targets: all.filter((each) => each !== gone), kept: gone ? [gone] : [] }
      await network(0).apply({ ...inputOf(0), services: [changed, onlyThird, sampleService(10 + (round % 5), [1])] })
    }
    load.isOver = true
    await Promise.all(clients)
    await network(0).apply(inputOf(0))
    expect(answers.filter((answer) => !/^i\d1 /.test(answer))).toEqual([])
  })

  it('keeps a connection to an instance that a policy no longer chooses', async () => {
    await machine(2).serveEcho(netns(2, 2), 82, 'echo')
    const client = machine(0).connect(netns(1, 0), '10.30.1.2', 82)
    let received = ''
    client.stdout.on('data', (data) => (received += data))
    const say = async (word: string) => {
      client.stdin.write(word)
      await until(`${word} came back`, () => received.includes(`echo:${word}`))
    }
    await say('one')
    await network(0).apply({ ...inputOf(0), services: [{ ...onlyThird, targets: [target(2, 1)], kept: onlyThird.targets }] })
    await say('two')
    expect(await machine(0).ask(netns(1, 0), '10.30.1.2', 80)).toMatch(/^i12 /)
    await network(0).apply(inputOf(0))
    await say('three')
  })

  it('stands garbage on the tunnel port, from peers and from others', async () => {
    const address = TestLan.address(family, 1)
    for (let i = 0; i < 3; i++) machine(0).run(machine(0).path, 'bash', '-c', `head -c 1200 /dev/urandom > /dev/udp/${address}/${PORTS[1]}`)
    await network(1).apply({ ...inputOf(1), peers: peersOf(1).slice(1) })
    machine(0).run(machine(0).path, 'bash', '-c', `head -c 1200 /dev/urandom > /dev/udp/${address}/${PORTS[1]}`)
    await network(1).apply(inputOf(1))
    expect(await machine(0).ask(netns(1, 0), target(2, 1).v4, 80)).toMatch(/^i12 /)
  })

  it('follows an instance that moves, and the old node passes on what still comes', async () => {
    const mover = sampleAttachment(2, [], 1)
    const arrived = { ...sampleAttachment(3, [], 2), instanceV4: mover.instanceV4, instanceV6: mover.instanceV6 }
    const at2 = {
      ...samplePeer(2, TestLan.address(family, 2), INSTANCES, PORTS[2]),
      instances: [...INSTANCES.map((n) => target(n, 2)), target(2, 1)],
    }
    await network(2).apply({ ...inputOf(2), attachments: [...inputOf(2).attachments, arrived], peers: peersOf(2) })
    await machine(2).serve(network(2).netnsPath(arrived.instanceId), 80, 'moved')
    await network(1).apply({ ...inputOf(1), attachments: [sampleAttachment(1, [], 1)], peers: [...peersOf(1).slice(0, 1), at2] })
    // Node 0 has not heard of it yet.
    expect(await machine(0).ask(netns(1, 0), mover.instanceV4, 80)).toBe(`moved ${target(1, 0).v4}`)
    expect(await machine(0).ask(netns(1, 0), mover.instanceV6, 80)).toBe(`moved ${target(1, 0).v6}`)
    await network(0).apply({ ...inputOf(0), peers: [at2, ...peersOf(0).slice(0, 1)] })
    expect(await machine(0).ask(netns(1, 0), mover.instanceV4, 80)).toBe(`moved ${target(1, 0).v4}`)
    for (const node of NODES) await network(node).apply(inputOf(node))
    await machine(1).serve(netns(2, 1), 80, 'i12')
    expect(await machine(0).ask(netns(1, 0), mover.instanceV4, 80)).toMatch(/^i12 /)
  })

  it('leaves nothing when it is cleared', async () => {
    const before = await TestMachine.create(`bare${family}`)
    try {
      await network(0).clear()
      expect(machine(0).run(machine(0).path, 'nft', 'list', 'ruleset').stdout).toBe('')
      expect(machine(0).ip('rule')).toBe(before.ip('rule'))
      expect(machine(0).ip('-o', 'link')).not.toMatch(/oak0ea|otun/)
    } finally {
      await before[Symbol.asyncDispose]()
    }
  })
})
