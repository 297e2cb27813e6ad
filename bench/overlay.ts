import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs, promisify } from 'node:util'
import type { Network, NetworkInput, ServiceEntry } from '../packages/net/src/network.ts'
import { sampleAttachment, samplePeer, samplePlace } from '../packages/net/src/testing/sample-input.ts'
import { TestLan } from '../packages/net/src/testing/test-lan.ts'
import { TestMachine, whyNoMachine } from '../packages/net/src/testing/test-machine.ts'
import { median } from './measures.ts'
import { UserspaceForwarder } from './overlay-userspace.ts'

/**
 * Measures the overlay between two nodes, in network namespaces that a bridge joins: JSON lines on stdout, a table with
 * ratios to the plain tunnel on stderr. Needs root and iperf3.
 * Run with `node --import tsx bench/overlay.ts [--seconds 3] [--rounds 3] [--services 10,1000,10000]`.
 */
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    services: { type: 'string', default: '10,1000,10000' },
  },
})

interface Path {
  readonly what: string
  readonly gbits1: number
  readonly gbits4: number
  readonly rttMs: number
}

interface Update {
  readonly services: number
  readonly entries: number
  readonly ms: number
}

const run = promisify(execFile)
const TUNNEL = { port: 50_103 }
/** Programs that listen take a moment, and say nothing when they do. */
const START_MS = 500

function manyServices(count: number, offset = 0): readonly ServiceEntry[] {
  const targets = [{ v4: '10.30.0.65', v6: 'fdff::41' }]
  return Array.from({ length: count }, (_, index) => {
    const number = index + offset
    return {
      v4: `10.30.${64 + (number >> 8)}.${number & 255}`,
      v6: `fdff:2000::${(number + 1).toString(16)}`,
      policy: 'round-robin',
      targets,
    }
  })
}

function inputOf(node: 0 | 1, services: readonly ServiceEntry[]): NetworkInput {
  return {
    place: { ...samplePlace(`be0c${node}`, node), tunnel: TUNNEL },
    attachments: [sampleAttachment(1, [], node)],
    services,
    peers: [samplePeer(1 - node, TestLan.address('v4', 1 - node), [1])],
  }
}

async function gbits(from: string, address: string, streams: number): Promise<number> {
  const args = [`--net=${from}`, 'iperf3', '-J', '-c', address, '-t', options.seconds, '-P', String(streams)]
  const { stdout } = await run('nsenter', args, { maxBuffer: 1 << 26 })
  const result = JSON.parse(stdout) as { readonly end: { readonly sum_received: { readonly bits_per_second: number } } }
  return result.end.sum_received.bits_per_second / 1e9
}

async function rttMs(from: string, address: string): Promise<number> {
  const { stdout } = await run('nsenter', [`--net=${from}`, 'ping', '-q', '-i', '0.002', '-c', '500', address])
  return Number(/= [\d.]+\/([\d.]+)\//.exec(stdout)?.[1])
}

async function measurePath(what: string, from: string, address: string): Promise<Path> {
  const rounds = Array.from({ length: Number(options.rounds) })
  const [ones, fours, rtts]: number[][] = [[], [], []]
  for (const _ of rounds) {
    ones?.push(await gbits(from, address, 1))
    fours?.push(await gbits(from, address, 4))
    rtts?.push(await rttMs(from, address))
  }
  const path = { what, gbits1: median(ones ?? []), gbits4: median(fours ?? []), rttMs: median(rtts ?? []) }
  process.stdout.write(`${JSON.stringify({ bench: 'overlay', ...path })}\n`)
  return path
}

async function measureUpdate(network: Network, services: number, entries: number): Promise<Update> {
  const base = manyServices(services)
  const startMs = performance.now()
  await network.apply(inputOf(0, [...base, ...manyServices(entries, services)]))
  const update = { services, entries, ms: performance.now() - startMs }
  await network.apply(inputOf(0, base))
  process.stdout.write(`${JSON.stringify({ bench: 'overlay-update', ...update })}\n`)
  return update
}

async function measure(machines: readonly [TestMachine, TestMachine], servers: ChildProcess[]) {
  const [near, far] = machines
  const [network, other] = [near.network('be0c0'), far.network('be0c1')]
  await network.apply(inputOf(0, []))
  await other.apply(inputOf(1, []))
  const client = network.netnsPath(sampleAttachment(1).instanceId)
  const server = other.netnsPath(sampleAttachment(1, [], 1).instanceId)
  for (const netns of [far.path, server]) servers.push(spawn('nsenter', [`--net=${netns}`, 'iperf3', '-s'], { stdio: 'ignore' }))
  await wait(START_MS)
  const paths = [await measurePath('direct, between the machines', near.path, TestLan.address('v4', 1))]
  paths.push(await measurePath('instance address, through the tunnel', client, '10.30.0.65'))
  const updates: Update[] = []
  for (const count of options.services.split(',').map(Number)) {
    await network.apply(inputOf(0, manyServices(count)))
    paths.push(await measurePath(`service address, ${count} services`, client, '10.30.64.5'))
    for (const entries of [1, 1000]) updates.push(await measureUpdate(network, count, entries))
  }
  using forwarder = await UserspaceForwarder.start(near.path, far.path)
  paths.push(await measurePath('user space, a forwarder in Node.js', near.path, forwarder.farAddress))
  return { paths, updates }
}

function printTable(paths: readonly Path[], updates: readonly Update[]): void {
  const plain = paths[1]
  const lines = paths.map(({ what, gbits1, gbits4, rttMs: rtt }) => {
    const ratio = (value: number, base: number | undefined) => `${(value / (base ?? Number.NaN)).toFixed(2)} ×`
    const cells = [gbits1.toFixed(2), ratio(gbits1, plain?.gbits1), gbits4.toFixed(2), ratio(gbits4, plain?.gbits4), rtt.toFixed(3)]
    return `| ${[what, ...cells, ratio(rtt, plain?.rttMs)].join(' | ')} |`
  })
  const head = [
    '| Path | Gbit/s, 1 stream | to tunnel | 4 streams | to tunnel | Round trip ms | to tunnel |',
    '|---|---|---|---|---|---|---|',
  ]
  const changes = updates.map(({ services, entries, ms }) => `| ${services} | ${entries} | ${ms.toFixed(0)} |`)
  const text = [...head, ...lines, '', '| Services | Added at once | ms |', '|---|---|---|', ...changes]
  process.stderr.write(`${text.join('\n')}\n`)
}

async function main(): Promise<void> {
  const why = whyNoMachine()
  if (why) throw new Error(`cannot measure here: ${why}`)
  const machines = [await TestMachine.create('bench0'), await TestMachine.create('bench1')] as const
  const servers: ChildProcess[] = []
  const lan = new TestLan('benchlan', machines)
  try {
    const { paths, updates } = await measure(machines, servers)
    printTable(paths, updates)
  } finally {
    for (const server of servers) server.kill('SIGKILL')
    for (const machine of machines) await machine[Symbol.asyncDispose]()
    lan[Symbol.dispose]()
  }
}

await main()
