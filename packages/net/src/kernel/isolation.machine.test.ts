import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AdmittedClient, InsightfulNetwork, NetworkInput } from '../network.ts'
import { macOf } from '../plan/names.ts'
import { sendFrames } from '../testing/raw-frames.ts'
import { sampleAttachment, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { TestLan } from '../testing/test-lan.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: isolated instances on the real kernel, for ${why}`)

const TAGS = ['0e150', '0e151'] as const
const NODES = [0, 1] as const
const FAMILIES = ['v4', 'v6'] as const
const PORT = 50_103
const SERVICE = { v4: '10.30.1.1', v6: 'fdff:2000::1' } as const

const instance = (number: number, node: number) => ({
  v4: `10.30.0.${node * 64 + number}`,
  v6: `fdff::${(node * 64 + number).toString(16)}`,
})
const target = instance(1, 0)

/** Instance 1 of the first node is isolated; the others, 2 and 3 there and 1 and 2 on the second, ask. */
describe.skipIf(why)('an isolated instance', () => {
  let machines: readonly TestMachine[]
  let networks: readonly InsightfulNetwork[]
  let lan: TestLan
  let outside: string

  const attachment = (number: number, node: number) =>
    sampleAttachment(number, number === 1 && node === 0 ? [{ hostPort: 8080, containerPort: 80, protocol: 'tcp' }] : [], node)
  const inputOf = (node: 0 | 1, admits?: readonly AdmittedClient[]): NetworkInput => ({
    place: { ...samplePlace(TAGS[node], node), tunnel: { port: PORT } },
    attachments: [1, 2, 3].map((number) => ({ ...attachment(number, node), ...(number === 1 && node === 0 && admits && { admits }) })),
    services: [sampleService(1, [1])],
    peers: NODES.filter((other) => other !== node).map((other) => samplePeer(other, TestLan.address('v4', other), [1, 2, 3], PORT)),
  })
  const machine = (node: number) => machines[node] as TestMachine
  const network = (node: number) => networks[node] as InsightfulNetwork
  const netns = (number: number, node: number) => network(node).netnsPath(attachment(number, node).instanceId)
  const isolate = (...admits: readonly AdmittedClient[]) => network(0).apply(inputOf(0, [target, ...admits]))
  const answer = async (number: number, node: number, address: string) =>
    (await machine(node).ask(netns(number, node), address, 80)).startsWith('server ')
  const CALLERS = ['2@0', '3@0', '1@1', '2@1'] as const
  const ways = FAMILIES.flatMap((family) => [target[family], SERVICE[family]])
  const reached = async (caller: string) => {
    const [number, node] = caller.split('@').map(Number)
    const answers = await Promise.all(ways.map((to) => answer(number ?? 0, node ?? 0, to)))
    return ways.filter((_, at) => answers[at])
  }
  /** Over both families and by both kinds of address these get an answer, and the other callers none. */
  const expectIn = async (...admitted: readonly (typeof CALLERS)[number][]) => {
    for (const caller of admitted) await until(`${caller} gets in`, async () => (await reached(caller)).length === ways.length)
    expect((await Promise.all(CALLERS.filter((caller) => !admitted.includes(caller)).map(reached))).flat()).toEqual([])
  }

  beforeAll(async () => {
    machines = await Promise.all(NODES.map((node) => TestMachine.create(`isolation${node}`)))
    lan = new TestLan('laniso', machines)
    networks = NODES.map((node) => machine(node).network(TAGS[node]))
    for (const node of NODES) await network(node).apply(inputOf(node))
    await machine(0).serve(netns(1, 0), 80, 'server')
    await machine(0).serveEcho(netns(1, 0), 81, 'echo')
    await machine(0).serveUdp(netns(1, 0), 53, 'datagram')
    await machine(1).serve(netns(2, 1), 80, 'other')
    outside = machine(1).path
  })
  afterAll(async () => {
    for (const each of machines ?? []) await each[Symbol.asyncDispose]()
    lan?.[Symbol.dispose]()
  })

  it('takes datagrams from those whom it admits, and from nobody else', async () => {
    await isolate(instance(2, 0), instance(1, 1))
    expect(await machine(1).askUdp(netns(1, 1), target.v4, 53)).toBe('datagram')
    expect(await machine(0).askUdp(netns(2, 0), target.v6, 53)).toBe('datagram')
    expect(await machine(1).askUdp(netns(2, 1), target.v6, 53)).toBe('silent')
  })

  it('is reached at published ports, by its node, and by other nodes', async () => {
    await isolate()
    expect(await machine(1).ask(outside, TestLan.address('v4', 0), 8080)).toMatch(/^server /)
    expect(await machine(1).ask(outside, TestLan.address('v6', 0), 8080)).toMatch(/^server /)
    for (const family of FAMILIES) {
      expect(await machine(0).ask(machine(0).path, target[family], 80)).toMatch(/^server /)
      expect(await machine(1).ask(machine(1).path, target[family], 80)).toMatch(/^server /)
    }
  })

  it('gets answers to what it asks, from its own node and from another one, and speaks to itself', async () => {
    await isolate()
    for (const family of FAMILIES) {
      expect(await machine(0).ask(netns(1, 0), instance(2, 1)[family], 80)).toMatch(/^other /)
      expect(await machine(0).ask(netns(1, 0), SERVICE[family], 80)).toMatch(/^server /)
    }
  })

  // The second: bridged packets pass the filter of routed ones too, as they do beside Docker and Kubernetes.
  it.each(['0', '1'])('is not reached by neighbours past the routing of its node, with br_netfilter at %s', async (filtered) => {
    for (const name of ['iptables', 'ip6tables']) machine(0).sysctl(`net/bridge/bridge-nf-call-${name}`, filtered)
    await isolate(instance(2, 0), instance(1, 1))
    const { namespaceV4, namespaceV6 } = attachment(1, 0)
    const [own, other] = [attachment(2, 0), netns(3, 0)]
    // Its own address, with its link as the next hop.
    machine(0).run(other, 'ip', 'route', 'add', `${target.v4}/32`, 'via', namespaceV4, 'dev', 'eth0', 'onlink')
    const past = [[namespaceV4], [namespaceV6], [namespaceV4, own.namespaceV4], [namespaceV6, own.namespaceV6]] as const
    const direct = Promise.all(past.map(([address, from]) => machine(0).ask(netns(2, 0), address, 80, from)))
    const [answers] = await Promise.all([direct, expectIn('2@0', '1@1')])
    machine(0).run(other, 'ip', 'route', 'del', `${target.v4}/32`)
    expect(answers.filter((text) => text.startsWith('server '))).toEqual([])
    expect(await machine(0).ask(netns(3, 0), TestLan.address('v4', 0), 8080)).toMatch(/^server /)
  })

  it('is not deceived by the address of somebody whom it admits, however the frame is made', async () => {
    await isolate(instance(2, 0))
    const indexOf = (number: number) => Number(machine(0).run(netns(number, 0), 'ip', '-o', 'link', 'show', 'eth0').stdout.split(':')[0])
    const bridge = macOf('10.18.0.1')
    const right = { to: bridge, source: instance(2, 0).v4, destination: target.v4, port: 53 }
    const own = { ...right, source: instance(3, 0).v4 }
    const direct = macOf(attachment(1, 0).namespaceV4)
    const ofNode = { ...right, source: '10.18.0.65' }
    const forged = [
      ...[0, 1, 2].flatMap((tags) => [right, ofNode, own].map((frame) => ({ ...frame, tags }))),
      ...[direct, 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01'].flatMap((to) => [0, 1].map((tags) => ({ ...own, to, tags }))),
    ]
    const received = () =>
      Number(
        machine(0)
          .run(netns(1, 0), 'cat', '/proc/net/snmp')
          .stdout.match(/^Udp: (\d+)/m)?.[1],
      )
    const before = received()
    await sendFrames(netns(3, 0), indexOf(3), forged)
    await sendFrames(netns(2, 0), indexOf(2), [right])
    await until('the right one is there', () => received() > before)
    expect(received()).toBe(before + 1)
  })

  it('loses the connections of those whom it admits no more, and keeps the others', async () => {
    await isolate(instance(2, 0), instance(1, 1))
    const talks = [machine(0).connect(netns(2, 0), target.v4, 81), machine(1).connect(netns(1, 1), target.v4, 81)]
    const heard = talks.map(() => '')
    for (const [at, talk] of talks.entries()) talk.stdout.on('data', (data) => (heard[at] += String(data)))
    for (const talk of talks) talk.stdin.write('one\n')
    await until('both are answered', () => heard.every((text) => text.includes('echo:one')))
    await isolate(instance(1, 1))
    for (const talk of talks) talk.stdin.write('two\n')
    await until('the other one is answered', () => heard[1]?.includes('echo:two') === true)
    expect(heard[0]).not.toContain('two')
  })

  it('finds nothing to do after a restart of the agent, and lets everybody in when it is isolated no more', async () => {
    const input = inputOf(0, [target, instance(2, 0)])
    await network(0).apply(input)
    await network(0)[Symbol.asyncDispose]()
    expect(await network(0).verify(input)).toEqual([])
    await network(0).apply(inputOf(0))
    await expectIn(...CALLERS)
    expect(await network(0).verify(inputOf(0))).toEqual([])
  })
})
