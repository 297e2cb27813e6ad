import os from 'node:os'
import { parseArgs } from 'node:util'
import { type HopTraffic, ScaleSystem } from '@oakestra/testkit'

/*
 * Measures the whole system with many nodes and instances: real code and real time, and machines that only say that they run something.
 * In one process all is connected in memory; in two, root and a part of the clusters are in one, and the other clusters with their nodes
 * in the other, connected to root over WebSocket and TLS. JSON lines on standard output, a table on standard error.
 *   npm run scale -- [--only 1000x10000] [--long] [--processes 1]
 */

const { values: options } = parseArgs({
  options: {
    /** nodes x instances, instead of the usual list. */
    only: { type: 'string' },
    /** 100 clusters with 100 nodes each; takes minutes. */
    long: { type: 'boolean', default: false },
    /** 1 or 2; as many as this machine has cores for when absent. */
    processes: { type: 'string' },
  },
})

interface Case {
  readonly clusters: number
  readonly nodes: number
  readonly instances: number
}

interface Result {
  readonly bench: 'scale'
  readonly what: string
  readonly processes: number
  readonly clusters: number
  readonly nodes: number
  readonly instances: number
  readonly ms: number
  readonly cpuMs: number
  readonly rssMb: number
  readonly clusterHop: HopTraffic
  readonly nodeHop: HopTraffic
  /** Starts of processes during it. */
  readonly starts: number
}

const CASES: readonly Case[] = [
  { clusters: 1, nodes: 10, instances: 100 },
  { clusters: 10, nodes: 100, instances: 100 },
  { clusters: 10, nodes: 100, instances: 1_000 },
  { clusters: 10, nodes: 1_000, instances: 100 },
  { clusters: 10, nodes: 1_000, instances: 1_000 },
  { clusters: 10, nodes: 1_000, instances: 10_000 },
]
const LONG: Case = { clusters: 100, nodes: 10_000, instances: 10_000 }
// Less than what makes a cluster suspect itself.
const DYING_PART = 10
const PROCESSES = (options.processes === undefined ? os.availableParallelism() : Number(options.processes)) >= 2 ? 2 : 1

function casesOf(): readonly Case[] {
  if (options.long) return [LONG]
  if (options.only === undefined) return CASES
  const [nodes = 0, instances = 0] = options.only.split('x').map(Number)
  return [{ clusters: nodes > 10 ? 10 : 1, nodes, instances }]
}

const difference = (after: HopTraffic, before: HopTraffic): HopTraffic => ({
  messagesUp: after.messagesUp - before.messagesUp,
  bytesUp: after.bytesUp - before.bytesUp,
  messagesDown: after.messagesDown - before.messagesDown,
  bytesDown: after.bytesDown - before.bytesDown,
})

async function measure(scene: ScaleSystem, size: Case, what: string, work: () => Promise<void>): Promise<Result> {
  const before = await scene.view()
  const startMs = performance.now()
  await work()
  const ms = Math.round(performance.now() - startMs)
  const after = await scene.view()
  const result: Result = {
    bench: 'scale',
    what,
    processes: PROCESSES,
    ...size,
    ms,
    cpuMs: Math.round(after.cpuMs - before.cpuMs),
    rssMb: Math.round(after.rssMb),
    clusterHop: difference(after.clusterHop, before.clusterHop),
    nodeHop: difference(after.nodeHop, before.nodeHop),
    starts: after.starts - before.starts,
  }
  process.stdout.write(`${JSON.stringify(result)}\n`)
  return result
}

async function play(size: Case): Promise<readonly Result[]> {
  const { clusters, nodes, instances } = size
  await using scene = await ScaleSystem.start({ clusters, nodesPerCluster: nodes / clusters, processes: PROCESSES })
  const deploy = async () => {
    await scene.want(instances)
    await scene.running(instances)
  }
  const results = [await measure(scene, size, 'asked for at once → all RUNNING at root', deploy)]
  const restart = async () => {
    await scene.restartRoot()
    await scene.connected()
    await scene.running(instances)
  }
  results.push(await measure(scene, size, 'root restarted → all connected and RUNNING', restart))
  if (nodes < 100 || instances < 1_000) return results
  const dying = nodes / DYING_PART
  const die = async () => {
    await scene.kill(dying)
    await scene.running(instances)
  }
  results.push(await measure(scene, size, `${dying} nodes die → all RUNNING elsewhere`, die))
  return results
}

const kB = (bytes: number) => `${(bytes / 1024).toFixed(0)} kB`

function row({ what, clusters, nodes, instances, ms, cpuMs, rssMb, clusterHop, nodeHop, starts }: Result): string {
  const hop = ({ messagesUp, bytesUp, messagesDown, bytesDown }: HopTraffic) =>
    `${messagesDown} / ${kB(bytesDown)} down, ${messagesUp} / ${kB(bytesUp)} up`
  return `| ${clusters} × ${nodes / clusters} | ${instances} | ${what} | ${(ms / 1000).toFixed(2)} s | ${(cpuMs / 1000).toFixed(2)} s | ${rssMb} MB | ${starts} | ${hop(clusterHop)} | ${hop(nodeHop)} |`
}

const rows: string[] = []
for (const each of casesOf()) for (const result of await play(each)) rows.push(row(result))
const head = '| Clusters × nodes | Instances | What | Time | Processor | Memory | Starts | Root – clusters | Clusters – nodes |'
process.stderr.write(`\n${[head, '|---|---|---|---|---|---|---|---|---|', ...rows].join('\n')}\n`)
