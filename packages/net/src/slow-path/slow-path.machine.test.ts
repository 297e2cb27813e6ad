import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { realClock, silentLogger } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Network, NetworkInput } from '../network.ts'
import { sampleAttachment, samplePeer, samplePlace, sampleService } from '../testing/sample-input.ts'
import { TestLan } from '../testing/test-lan.ts'
import { TestMachine, whyNoMachine } from '../testing/test-machine.ts'
import { createKernelSlowPath } from './kernel-slow-path.ts'
import type { SlowPath } from './slow-path.ts'

const why = whyNoMachine()
if (why) console.warn(`SKIPPED: the slow path on the real kernel, for ${why}`)

const TAGS = ['510a1', '510a2'] as const

describe.skipIf(why)('the slow path in the kernel', () => {
  let here: TestMachine
  let there: TestMachine
  let lan: TestLan
  let network: Network
  let other: Network
  let slowPath: SlowPath
  let asked: string[] = []
  let answer: (address: string) => Promise<boolean> = async () => false

  const tunnel = { port: 50_103 }
  const bare: NetworkInput = {
    place: { ...samplePlace(TAGS[0]), tunnel },
    attachments: [sampleAttachment(1), sampleAttachment(2)],
    services: [sampleService(1, [2])],
    asksForUnknown: true,
  }
  const full: NetworkInput = {
    ...bare,
    services: [...bare.services, sampleService(2, [1], 1), sampleService(3, [2])],
    peers: [samplePeer(1, '192.0.2.2', [1])],
  }
  const netns = (number: number) => network.netnsPath(sampleAttachment(number).instanceId)
  /** First packets of connections that instance 1 had to send again. */
  const repeatedPackets = (): number => {
    const [names, values] = here
      .run(netns(1), 'grep', '^TcpExt', '/proc/net/netstat')
      .stdout.split('\n')
      .map((line) => line.split(' '))
    return Number(values?.[names?.indexOf('TCPSynRetrans') ?? -1])
  }
  const learn = async () => {
    await network.apply(full)
    return true
  }

  beforeAll(async () => {
    here = await TestMachine.create('slow0')
    there = await TestMachine.create('slow1')
    lan = new TestLan('slowlan', [here, there])
    network = here.network(TAGS[0])
    other = there.network(TAGS[1])
    await network.apply(bare)
    await other.apply({
      place: { ...samplePlace(TAGS[1], 1), tunnel },
      attachments: [sampleAttachment(1, [], 1)],
      services: [],
      peers: [samplePeer(0, '192.0.2.1', [1, 2])],
    })
    const resolve = (address: string) => {
      asked.push(address)
      return answer(address)
    }
    slowPath = await createKernelSlowPath({ tag: TAGS[0], clock: realClock, logger: silentLogger, hostNetns: here.path, resolve })
    await here.serve(netns(2), 80, 'i2')
    await here.serveUdp(netns(2), 53, 'udp2')
    await there.serve(other.netnsPath(sampleAttachment(1, [], 1).instanceId), 80, 'far')
    await there.serveUdp(other.netnsPath(sampleAttachment(1, [], 1).instanceId), 53, 'farudp')
  })
  afterAll(async () => {
    await slowPath?.[Symbol.asyncDispose]()
    await here?.[Symbol.asyncDispose]()
    await there?.[Symbol.asyncDispose]()
    lan?.[Symbol.dispose]()
  })
  beforeEach(async () => {
    answer = async () => false
    await network.apply(bare)
    asked = []
  })

  it.each([
    ['a service elsewhere', '10.30.1.2', 'far 10.30.0.1'],
    ['a service elsewhere', 'fdff:2000::2', 'far fdff::1'],
    ['a service here', '10.30.1.3', 'i2 10.30.0.1'],
    ['a service here', 'fdff:2000::3', 'i2 fdff::1'],
    ['an instance elsewhere', '10.30.0.65', 'far 10.30.0.1'],
    ['an instance elsewhere', 'fdff::41', 'far fdff::1'],
  ])('connects to %s at %s, which nobody here knew, without a repeated packet', async (_what, address, expected) => {
    answer = learn
    const before = repeatedPackets()
    expect(await here.ask(netns(1), address, 80)).toBe(expected)
    expect(before).toBeGreaterThanOrEqual(0)
    expect(repeatedPackets()).toBe(before)
    expect(asked).toEqual([address])
    expect(await here.ask(netns(1), address, 80)).toBe(expected)
    expect(asked).toEqual([address])
  })

  it('lets the first datagram wait too', async () => {
    answer = learn
    expect(await here.askUdp(netns(1), '10.30.1.2', 53)).toBe('farudp')
    await network.apply(bare)
    expect(await here.askUdp(netns(1), 'fdff:2000::2', 53)).toBe('farudp')
  })

  it.each(['10.30.1.2', '10.30.1.3', 'fdff:2000::2', 'fdff:2000::3'])('connects the machine itself to %s', async (address) => {
    answer = learn
    expect(await here.ask(here.path, address, 80)).toMatch(/^(far|i2) /)
    expect(asked).toEqual([address])
    expect(await here.ask(here.path, address, 80)).toMatch(/^(far|i2) /)
  })

  it.each(['10.30.9.9', 'fdff:2000::99'])('refuses %s, which nobody has, and asks once in two seconds', async (address) => {
    const startMs = performance.now()
    for (let i = 0; i < 4; i++) expect(await here.ask(netns(1), address, 80)).toMatch(/unreachable|No route|Couldn't connect|refused/)
    if (performance.now() - startMs < 2000) expect(asked).toEqual([address])
  })

  it('serves what is known while an answer is outstanding', async () => {
    answer = () => new Promise(() => undefined)
    const waiting = here.ask(netns(1), '10.30.9.8', 80)
    expect(await here.ask(netns(1), '10.30.1.1', 80)).toMatch(/^i2 /)
    expect(await waiting).toMatch(/timed out|Timeout/i)
  })

  it('serves what is known while a thousand unknown destinations are asked for at once', async () => {
    let open = 0
    answer = () => new Promise((resolve) => setTimeout(() => resolve(false), 1_000 + (open++ % 50)))
    // What is lost on the way into user space, programs send again.
    const flood =
      'for j in 1 2 3 4; do for i in $(seq 0 1023); do echo x > /dev/udp/10.30.$((100 + i / 256)).$((i % 256))/9; done; sleep 0.2; done'
    const flooded = promisify(execFile)('nsenter', [`--net=${netns(1)}`, 'bash', '-c', flood])
    const startMs = performance.now()
    for (let i = 0; i < 5; i++) expect(await here.ask(netns(1), '10.30.1.1', 80)).toMatch(/^i2 /)
    console.info(`five answers among 1,024 unknown destinations took ${Math.round(performance.now() - startMs)} ms`)
    await flooded
    // More than half: the queue into user space is short, and what was refused is not asked for again.
    await until('most were asked for', () => new Set(asked).size > 512)
  })

  it('is compared with the kernel like all the rest', async () => {
    expect(await network.verify(bare)).toEqual([])
    await network[Symbol.asyncDispose]()
    network = here.network(TAGS[0])
    expect(await network.verify(bare)).toEqual([])
  })

  it('leaves refusal behind when it goes, and works again when it is back', async () => {
    await slowPath[Symbol.asyncDispose]()
    // Refusals by ICMP have a limit per receiver (icmp(7), icmp_ratelimit), which the tests above have used up.
    here.run(here.path, 'busybox', 'sysctl', '-w', 'net.ipv4.icmp_ratelimit=0')
    // What was on its way while it went is asked for again.
    await until('it is refused', async () => /unreachable|No route|Couldn't connect/.test(await here.ask(netns(1), '10.30.1.2', 80)))
    slowPath = await createKernelSlowPath({ tag: TAGS[0], clock: realClock, logger: silentLogger, hostNetns: here.path, resolve: learn })
    expect(await here.ask(netns(1), '10.30.1.2', 80)).toBe('far 10.30.0.1')
  })
})
