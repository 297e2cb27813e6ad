import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Disposal } from '@oakestra/base'
import { until } from '@oakestra/base/testing'
import { descriptor, service, writeDescriptor } from '../e2e/support/descriptor.ts'
import { Images } from '../e2e/support/images.ts'
import { Lan } from '../e2e/support/lan.ts'
import { Oak } from '../e2e/support/oak.ts'
import { median, percentile } from './measures.ts'
import { cpuSeconds } from './one-machine.ts'
import { connectToEach, repeatedFirstPackets, serveThroughput, throughput } from './overlay-testbed.ts'

/**
 * What the built program does while others speak: processor time of a node's agent while containers of two machines exchange as much as
 * they can, and first connections to services of other applications, asked for at the cluster and at root. JSON lines on stdout, a
 * table on stderr. Needs root, containerd and iperf3.
 * Run with `npm run build && node --import tsx bench/overlay-agent.ts [--seconds 10] [--strangers 10]`.
 */
const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' }, strangers: { type: 'string', default: '10' } } })

const PASSWORD = 'only-for-this-benchmark'
const PORTS = { OAK_ROOT_API_PORT: 10_000, OAK_ROOT_SESSIONS_PORT: 50_052, OAK_CLUSTER_API_PORT: 10_100, OAK_CLUSTER_SESSIONS_PORT: 10_101 }
const CLUSTER = 'default_cluster'
const NODES = ['one', 'two'] as const
const WEB_PORT = 80
const PATIENT = { timeoutMs: 60_000, intervalMs: 100 }

interface Seen {
  readonly microservice_name: string
  readonly RR_ip: string
  readonly instance_list: readonly { readonly _id: string }[]
}

interface Daemons {
  readonly daemons: readonly { readonly process: { readonly pid: number } }[]
}

const owned = new Disposal()
const rows: string[] = []

function tell(what: string, result: Readonly<Record<string, unknown>>, text: string): void {
  process.stdout.write(`${JSON.stringify({ bench: 'overlay-agent', what, ...result })}\n`)
  rows.push(`| ${what} | ${text} |`)
}

async function pidOf(oak: Oak): Promise<number> {
  const { daemons } = await oak.json<Daemons>('status')
  return daemons[0]?.process.pid ?? 0
}

/** Percent of a core that a process uses while something happens. */
async function percentWhile<Result>(pid: number, action: () => Promise<Result>): Promise<readonly [percent: number, Result]> {
  const before = cpuSeconds(pid)
  const startMs = performance.now()
  const result = await action()
  return [((cpuSeconds(pid) - before) / ((performance.now() - startMs) / 1_000)) * 100, result]
}

async function deploy(root: Oak, images: Images, name: string, placed: Readonly<Record<string, string>>): Promise<readonly Seen[]> {
  const services = Object.entries(placed).map(([each, node]) =>
    service(each, { code: images.code('demo-web'), memory: 8, constraints: [{ type: 'direct', cluster: CLUSTER, node }] }),
  )
  const file = await writeDescriptor(root.dataDir, name, descriptor(name, services))
  await root.ok('app', 'create', '--file', file, '--deploy', '--wait')
  const seen = await root.json<readonly Seen[]>('service', 'list', '--app', name)
  return seen.toSorted((a, b) => (a.microservice_name < b.microservice_name ? -1 : 1))
}

async function namespaceOf(root: Oak, node: string, seen: Seen | undefined): Promise<string> {
  const nodes = await root.json<readonly { readonly id: string; readonly name: string }[]>('node', 'list')
  const id = nodes.find(({ name }) => name === node)?.id ?? ''
  const tag = createHash('sha256').update(id).digest('hex').slice(0, 5)
  return `/run/netns/oak-${tag}-${seen?.instance_list[0]?._id ?? ''}`
}

async function install(lan: Lan, number: number): Promise<Oak> {
  const { netns } = await lan.machine(number)
  const env = {
    OAK_API: 'http://192.168.77.1:10000',
    OAK_PASSWORD: PASSWORD,
    OAK_ROOT_ADMIN_PASSWORD: PASSWORD,
    OAK_ROOT_DASHBOARD_PORT: 'off',
  }
  return owned.use(await Oak.create({ netns, env, ports: PORTS }))
}

/** @param client namespace of an instance on the node of `agent` */
async function measureFlow(agent: Oak, client: string, address: string): Promise<void> {
  const seconds = Number(values.seconds)
  const pid = await pidOf(agent)
  const [idlePercent] = await percentWhile(pid, () => wait(seconds * 1_000))
  const [percent, gbits] = await percentWhile(pid, () => throughput(client, address, 4, seconds))
  const text = `${percent.toFixed(1)} % of a core (${idlePercent.toFixed(1)} % when idle), while ${gbits.toFixed(1)} Gbit/s flow`
  tell('processor time of the agent', { percent, idlePercent, gbits }, text)
}

async function measureFirst(client: string, addresses: readonly string[]): Promise<void> {
  const before = await repeatedFirstPackets(client)
  const values = await connectToEach(client, addresses, WEB_PORT)
  const sentAgain = (await repeatedFirstPackets(client)) - before
  const known = await connectToEach(client, addresses, WEB_PORT)
  const ms = values.filter((value) => typeof value === 'number')
  const knownMs = known.filter((value) => typeof value === 'number')
  const failed = addresses.length - ms.length
  const result = { p50Ms: median(ms), maxMs: percentile(ms, 1), knownP50Ms: median(knownMs), sentAgain, failed, values }
  const text = `${result.p50Ms.toFixed(1)} ms, at most ${result.maxMs.toFixed(1)} ms (of ${ms.length}); ${result.knownP50Ms.toFixed(2)} ms when known`
  tell('first connection, resolver included', result, `${text}; ${sentAgain} packets sent again, ${failed} failed`)
}

async function main(): Promise<void> {
  const images = owned.use(await Images.build())
  const lan = owned.use(await Lan.create())
  const root = await install(lan, 1)
  await root.ok('up', '--detach', '--node-name', NODES[0])
  const agent = await install(lan, 2)
  await agent.ok('node', '--detach', '--node-name', NODES[1], '--join', (await root.ok('node', 'join-token', CLUSTER)).trim())
  const bothAreThere = async () => {
    const list = await root.ok('node', 'list')
    return NODES.every((name) => list.includes(name))
  }
  await until('both nodes are there', bothAreThere, PATIENT)
  const [far, near] = await deploy(root, images, 'flow', { far: NODES[0], near: NODES[1] })
  const client = await namespaceOf(root, NODES[1], near)
  const server = await serveThroughput(await namespaceOf(root, NODES[0], far))
  owned.defer(() => void server.kill('SIGKILL'))
  const strangers: string[] = []
  for (let number = 0; number < Number(values.strangers); number += 1)
    strangers.push(...(await deploy(root, images, `stranger${number}`, { lonely: NODES[0] })).map(({ RR_ip }) => RR_ip))
  await until('the other is reached', async () => (await connectToEach(client, [far?.RR_ip ?? ''], WEB_PORT)).every(Number), PATIENT)
  await measureFlow(agent, client, far?.RR_ip ?? '')
  await measureFirst(client, strangers)
  process.stderr.write(`\n${['| What | Measured |', '|---|---|', ...rows].join('\n')}\n`)
}

try {
  await main()
} finally {
  await owned[Symbol.asyncDispose]()
}
