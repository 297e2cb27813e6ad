import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { InsightfulNetwork, NetworkInput, ServiceEntry } from '../packages/net/src/network.ts'
import { sampleAttachment, samplePeer, samplePlace } from '../packages/net/src/testing/sample-input.ts'
import { TestLan } from '../packages/net/src/testing/test-lan.ts'
import { TestMachine } from '../packages/net/src/testing/test-machine.ts'

const run = promisify(execFile)
const TUNNEL = { port: 50_103 }
const PEER = join(import.meta.dirname, 'tcp-peer.ts')
const PORTS = { accept: 7_001, echo: 7_002 } as const
// iperf3 says nothing when it listens: until it answers, at most so often.
const ATTEMPTS = 40
const RETRY_MS = 50
/** Of the instance on the far node. */
export const FAR_INSTANCE = '10.30.0.65'
/** Of any service: all lead to that instance. */
export const SERVICE = '10.30.64.5'

/** Number `index` of at most 45,000 services that all lead to the far instance, or to the near one. */
export function service(index: number, isNear = false): ServiceEntry {
  return {
    v4: `10.30.${64 + (index >> 8)}.${index & 255}`,
    v6: `fdff:2000::${(index + 1).toString(16)}`,
    policy: 'round-robin',
    targets: [isNear ? { v4: '10.30.0.1', v6: 'fdff::1' } : { v4: FAR_INSTANCE, v6: 'fdff::41' }],
  }
}

export function services(count: number, offset = 0): readonly ServiceEntry[] {
  return Array.from({ length: count }, (_, index) => service(index + offset))
}

/** What a node with one instance is told, beside another node with one. */
export function inputOf(node: 0 | 1, entries: readonly ServiceEntry[]): NetworkInput {
  return {
    place: { ...samplePlace(tagOf(node), node), tunnel: TUNNEL },
    attachments: [sampleAttachment(1, [], node)],
    services: entries,
    peers: [samplePeer(1 - node, TestLan.address('v4', 1 - node), [1])],
  }
}

function tagOf(node: 0 | 1): string {
  return `be0c${node}`
}

/** Two machines with a node and an instance each, around one bridge, and servers on the far machine and in its instance. */
export class OverlayTestbed implements AsyncDisposable {
  readonly near: TestMachine
  readonly far: TestMachine
  /** The near node's. */
  readonly network: InsightfulNetwork
  readonly #lan: TestLan
  readonly #servers: ChildProcess[] = []

  private constructor(near: TestMachine, far: TestMachine) {
    this.near = near
    this.far = far
    this.#lan = new TestLan('benchlan', [near, far])
    this.network = near.network(tagOf(0))
  }

  static async create(): Promise<OverlayTestbed> {
    const bed = new OverlayTestbed(await TestMachine.create('bench0'), await TestMachine.create('bench1'))
    try {
      const other = bed.far.network(tagOf(1))
      await bed.network.apply(inputOf(0, []))
      await other.apply(inputOf(1, []))
      for (const netns of [bed.far.path, other.netnsPath(sampleAttachment(1, [], 1).instanceId)]) await bed.#serve(netns)
      return bed
    } catch (thrown) {
      await bed[Symbol.asyncDispose]()
      throw thrown
    }
  }

  /** Network namespace of the near instance. */
  get client(): string {
    return this.network.netnsPath(sampleAttachment(1).instanceId)
  }

  get nearTag(): string {
    return tagOf(0)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) server.kill('SIGKILL')
    for (const machine of [this.near, this.far]) await machine[Symbol.asyncDispose]()
    this.#lan[Symbol.dispose]()
  }

  async #serve(netns: string): Promise<void> {
    for (const [what, port] of Object.entries(PORTS)) {
      const child = this.#start(netns, [process.execPath, '--import', 'tsx', PEER, what, String(port)])
      await new Promise((resolve, reject) => child.stdout?.once('data', resolve) && child.once('exit', reject))
    }
    this.#servers.push(await serveThroughput(netns))
  }

  #start(netns: string, command: readonly string[]): ChildProcess {
    const child = spawn('nsenter', [`--net=${netns}`, ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#servers.push(child)
    return child
  }
}

async function until(attempt: () => Promise<unknown>): Promise<void> {
  for (let left = ATTEMPTS; ; left -= 1) {
    try {
      return void (await attempt())
    } catch (thrown) {
      if (left === 0) throw thrown
      await wait(RETRY_MS)
    }
  }
}

/** Who receives what `throughput` sends to a namespace. */
export async function serveThroughput(netns: string): Promise<ChildProcess> {
  const child = spawn('nsenter', [`--net=${netns}`, 'iperf3', '-s'], { stdio: 'ignore' })
  await until(() => run('nsenter', [`--net=${netns}`, 'iperf3', '-c', '127.0.0.1', '-n', '1']))
  return child
}

/** Gbit/s as the server received them. @param seconds whole ones: of a fraction iperf3 makes 0, which is for ever */
export async function throughput(netns: string, address: string, streams: number, seconds: number): Promise<number> {
  const args = [`--net=${netns}`, 'iperf3', '-J', '-c', address, '-t', String(seconds), '-P', String(streams)]
  // The server may not be done with the test before: it takes one at a time.
  for (let left = ATTEMPTS; ; left -= 1) {
    const { stdout } = await run('nsenter', args, { maxBuffer: 1 << 26 })
    const { error, end } = JSON.parse(stdout) as IperfResult
    const bits = end?.sum_received?.bits_per_second
    if (bits !== undefined && bits > 0) return bits / 1e9
    if (left === 0) throw new Error(`iperf3 to ${address}: ${error ?? 'nothing arrived'}`)
    await wait(RETRY_MS)
  }
}

interface IperfResult {
  readonly error?: string
  readonly end?: { readonly sum_received?: { readonly bits_per_second: number } }
}

export interface Repeated {
  readonly perSecond: number
  readonly p50Us: number
  readonly p99Us: number
}

/** New connections, or turns of 64 bytes there and back on one, one after the other. */
export async function repeated(netns: string, what: 'rate' | 'turns', address: string, seconds: number): Promise<Repeated> {
  const port = what === 'rate' ? PORTS.accept : PORTS.echo
  return JSON.parse(await peer(netns, [what, address, String(port), String(seconds)])) as Repeated
}

/** Milliseconds that connecting to each of the addresses took, one after the other; the name of an error where it failed. */
export async function connectToEach(
  netns: string,
  addresses: readonly string[],
  port: number = PORTS.accept,
): Promise<readonly (number | string)[]> {
  return JSON.parse(await peer(netns, ['each', String(port), ...addresses])) as readonly (number | string)[]
}

async function peer(netns: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run('nsenter', [`--net=${netns}`, process.execPath, '--import', 'tsx', PEER, ...args])
  return stdout
}

/** First packets of connections that were sent again from within a namespace, up to now. */
export async function repeatedFirstPackets(netns: string): Promise<number> {
  const { stdout } = await run('nsenter', [`--net=${netns}`, 'grep', '^TcpExt', '/proc/net/netstat'])
  const [names, values] = stdout.split('\n').map((line) => line.split(' '))
  return Number(values?.[names?.indexOf('TCPSynRetrans') ?? -1])
}
