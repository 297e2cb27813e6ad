import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Network, NetworkInput, ServiceEntry } from '../network.ts'
import { sampleAttachment, samplePlace, sampleService } from '../testing/sample-input.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: network tests on the real kernel, for ${why}`)

const TAG = 'e57a1'
const PORTS = [
  { hostPort: 8080, containerPort: 80, protocol: 'tcp' },
  { hostPort: 5300, containerPort: 53, protocol: 'udp' },
] as const

const ADDRESSES = {
  two: ['10.30.1.2', 'fdff:2000::2'],
  three: ['10.30.1.3', 'fdff:2000::3'],
  self: ['10.30.1.4', 'fdff:2000::4'],
  weighted: ['10.30.1.6', 'fdff:2000::6'],
  sticky: ['10.30.1.7', 'fdff:2000::7'],
  nobody: ['10.30.1.5', 'fdff:2000::5'],
} as const

const weighted: ServiceEntry = {
  ...sampleService(6, []),
  choice: 'weighted',
  targets: sampleService(6, [1, 2]).targets.map((target, at) => ({ ...target, weight: at === 0 ? 9 : 1 })),
}
const sticky: ServiceEntry = { ...sampleService(7, [1, 2, 3]), choice: 'sticky' }

const input: NetworkInput = {
  place: samplePlace(TAG),
  attachments: [sampleAttachment(1, PORTS), sampleAttachment(2), sampleAttachment(3), sampleAttachment(4)],
  services: [sampleService(2, [1, 2]), sampleService(3, [1, 2, 3]), sampleService(4, [1]), sampleService(5, []), weighted, sticky],
}

function count(answers: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of answers.map((answer) => answer.split(' ')[0] ?? '')) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** Distributions differ in these; `frames` is whether bridged frames pass the filters of the IP layer. */
const KERNELS = [
  { name: 'with filtered frames', frames: '1', strictSources: '0' },
  { name: 'with unfiltered frames and strict sources', frames: '0', strictSources: '1' },
]

describe.skipIf(why).each(KERNELS)('the network in a kernel $name', ({ frames, strictSources }) => {
  let machine: TestMachine
  let network: Network
  let outside: string

  const netns = (number: number) => network.netnsPath(sampleAttachment(number).instanceId)
  const askTimes = async (times: number, from: string, address: string) => {
    const answers: string[] = []
    for (let i = 0; i < times; i++) answers.push(await machine.ask(from, address, 80))
    return answers
  }

  beforeAll(async () => {
    machine = await TestMachine.create('plane')
    outside = machine.addOutside()
    machine.sysctl('net/bridge/bridge-nf-call-iptables', frames)
    machine.sysctl('net/bridge/bridge-nf-call-ip6tables', frames)
    machine.sysctl('net/ipv4/conf/all/rp_filter', strictSources)
    network = machine.network(TAG)
    await network.apply(input)
    for (const number of [1, 2, 3]) await machine.serve(netns(number), 80, `i${number}`)
    await machine.serveUdp(netns(1), 53, 'udp1')
    await machine.serve(outside, 80, 'outside')
  })
  afterAll(async () => machine?.[Symbol.asyncDispose]())

  it.each(ADDRESSES.two)('spreads calls to %s over two targets exactly', async (address) => {
    expect(count(await askTimes(20, netns(4), address))).toEqual({ i1: 10, i2: 10 })
  })

  it.each(ADDRESSES.three)('spreads calls to %s over three targets exactly', async (address) => {
    expect(count(await askTimes(30, netns(4), address))).toEqual({ i1: 10, i2: 10, i3: 10 })
  })

  it.each(ADDRESSES.weighted)('spreads calls to %s by weight', async (address) => {
    const { i1 = 0, i2 = 0 } = count(await askTimes(40, netns(4), address))
    expect(i1 + i2).toBe(40)
    // Nine of ten: less than half of forty happens once in some ten thousand million runs.
    expect(i1).toBeGreaterThan(20)
  })

  it.each(ADDRESSES.sticky)('sends one client to one target, at %s', async (address) => {
    for (const from of [netns(4), netns(1), machine.path]) {
      expect(Object.values(count(await askTimes(8, from, address)))).toEqual([8])
    }
  })

  it('shows the server the address of the calling instance', async () => {
    expect(await machine.ask(netns(4), '10.30.1.4', 80)).toBe('i1 10.30.0.4')
    expect(await machine.ask(netns(4), 'fdff:2000::4', 80)).toBe('i1 fdff::4')
  })

  it.each(ADDRESSES.self)('lets an instance call itself through its service at %s', async (address) => {
    expect(count(await askTimes(4, netns(1), address))).toEqual({ i1: 4 })
  })

  it('balances calls that an instance makes from its namespace address', async () => {
    expect(await machine.ask(netns(4), '10.30.1.4', 80, '10.18.0.5')).toMatch(/^i1 /)
    expect(await machine.ask(netns(4), 'fdff:2000::4', 80, 'fc00::5')).toMatch(/^i1 /)
  })

  it.each(ADDRESSES.two)('balances calls of the machine itself to %s', async (address) => {
    expect(count(await askTimes(10, machine.path, address))).toEqual({ i1: 5, i2: 5 })
  })

  it.each(ADDRESSES.nobody)('refuses calls to %s at once, for it has no targets', async (address) => {
    const startMs = performance.now()
    expect(await machine.ask(netns(4), address, 80)).toContain("Couldn't connect")
    expect(await machine.ask(machine.path, address, 80)).toContain("Couldn't connect")
    expect(performance.now() - startMs).toBeLessThan(1000)
  })

  it('refuses overlay addresses that nobody knows', async () => {
    expect(await machine.ask(netns(4), '10.30.9.9', 80)).toMatch(/unreachable|No route|Couldn't connect/)
    expect(await machine.ask(netns(4), 'fdff:2000::99', 80)).toMatch(/unreachable|No route|Couldn't connect/)
  })

  it('reaches an instance at its own and at its namespace address, by ping too', async () => {
    for (const address of ['10.30.0.2', 'fdff::2', '10.18.0.3', 'fc00::3']) {
      expect(await machine.ask(netns(4), address, 80), address).toMatch(/^i2 /)
      expect(machine.run(netns(4), 'ping', '-c1', '-W2', address).status, address).toBe(0)
    }
  })

  it('answers a ping of a service address', () => {
    for (const address of ADDRESSES.two) expect(machine.run(netns(4), 'ping', '-c1', '-W2', address).status, address).toBe(0)
  })

  it('balances datagrams', async () => {
    expect(await machine.askUdp(netns(4), '10.30.1.4', 53)).toBe('udp1')
    expect(await machine.askUdp(netns(4), 'fdff:2000::4', 53)).toBe('udp1')
  })

  it('publishes a port on loopback', async () => {
    expect(await machine.ask(machine.path, '127.0.0.1', 8080)).toBe('i1 10.18.0.1')
    expect(await machine.ask(machine.path, 'localhost', 8080)).toBe('i1 10.18.0.1')
  })

  it('publishes a port to the outside and shows the server the true client', async () => {
    expect(await machine.ask(outside, '192.0.2.1', 8080)).toBe('i1 192.0.2.2')
    expect(await machine.ask(outside, '2001:db8::1', 8080)).toBe('i1 2001:db8::2')
    expect(await machine.askUdp(outside, '192.0.2.1', 5300)).toBe('udp1')
    expect(await machine.askUdp(outside, '2001:db8::1', 5300)).toBe('udp1')
  })

  it('publishes a port to the machine itself and to its instances, the publishing one among them', async () => {
    for (const from of [machine.path, netns(1), netns(4)]) {
      expect(await machine.ask(from, '192.0.2.1', 8080), from).toMatch(/^i1 /)
      expect(await machine.ask(from, '2001:db8::1', 8080), from).toMatch(/^i1 /)
    }
    expect(await machine.ask(netns(4), '10.18.0.1', 8080)).toMatch(/^i1 /)
  })

  it('leaves traffic to the published port number elsewhere alone', async () => {
    await machine.serve(outside, 8080, 'outside')
    expect(await machine.ask(netns(4), '192.0.2.2', 8080)).toMatch(/^outside /)
    expect(await machine.ask(machine.path, '192.0.2.2', 8080)).toMatch(/^outside /)
  })

  it('lets instances out under the address of the machine', async () => {
    expect(await machine.ask(netns(4), '192.0.2.2', 80)).toBe('outside 192.0.2.1')
    expect(await machine.ask(netns(4), '2001:db8::2', 80)).toBe('outside 2001:db8::1')
    expect(await machine.ask(netns(4), '192.0.2.2', 80, '10.30.0.4')).toBe('outside 192.0.2.1')
  })

  it('lets nobody outside reach what is not published', async () => {
    machine.run(outside, 'ip', 'route', 'add', '10.16.0.0/12', 'via', '192.0.2.1')
    for (const address of ['10.18.0.2', '10.30.0.1', '10.30.1.2']) {
      expect(await machine.ask(outside, address, 80), address).not.toMatch(/^i/)
    }
  })

  it('keeps instances out of the loopback services of the machine', async () => {
    await machine.serve(machine.path, 9999, 'private')
    machine.run(netns(4), 'ip', 'route', 'add', '127.0.0.1', 'via', '10.18.0.1')
    machine.run(netns(4), 'ip', 'address', 'flush', 'dev', 'lo')
    machine.run(netns(4), 'ip', 'route', 'add', 'table', 'local', '127.0.0.1', 'via', '10.18.0.1', 'dev', 'eth0', 'src', '10.18.0.5')
    expect(await machine.ask(netns(4), '127.0.0.1', 9999)).not.toMatch(/private/)
    expect(await machine.ask(machine.path, '127.0.0.1', 9999)).toMatch(/private/)
  })

  it('drops what an instance sends under the address of another', async () => {
    machine.run(netns(4), 'ip', 'address', 'add', '10.30.0.77/32', 'dev', 'eth0')
    expect(await machine.ask(netns(4), '10.30.0.2', 80, '10.30.0.77')).not.toMatch(/^i/)
    expect(await machine.ask(netns(4), '10.30.0.2', 80)).toMatch(/^i2 /)
  })

  it('finds nothing to do for the same input, before and after a restart of the agent', async () => {
    await network
      .verify(input)
      .then((differences) => expect(differences).toEqual(['surplus: address 10.30.0.77/32 on eth0 in oak-e57a1-000000000000000000000004']))
    await network.apply(input)
    expect(await network.apply(input)).toEqual({ added: [], removed: [] })
    await network[Symbol.asyncDispose]()
    network = machine.network(TAG)
    expect(await network.apply(input)).toEqual({ added: [], removed: [] })
    expect(await network.verify(input)).toEqual([])
  })

  it('keeps connections through a restart of the agent and through changes of others', async () => {
    await machine.serveEcho(netns(2), 81, 'echo')
    await machine.serveEcho(netns(1), 81, 'echo')
    const client = machine.connect(netns(4), '10.30.1.2', 81)
    let received = ''
    client.stdout.on('data', (data) => (received += data))
    const say = async (word: string) => {
      client.stdin.write(word)
      await until(`${word} came back`, () => received.includes(`echo:${word}`))
    }
    await say('one')
    await network[Symbol.asyncDispose]()
    network = machine.network(TAG)
    await network.apply(input)
    await say('two')
    await network.apply({
      ...input,
      services: [...input.services, sampleService(9, [3])],
      attachments: [...input.attachments, sampleAttachment(9)],
    })
    await say('three')
    await network.apply(input)
    await say('four')
  })
})
