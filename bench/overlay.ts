import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { TestLan } from '../packages/net/src/testing/test-lan.ts'
import { whyNoMachine } from '../packages/net/src/testing/test-machine.ts'
import { type MeasuredPath, measureGroup, type PathEnds } from './overlay-paths.ts'
import { renderOverlay } from './overlay-table.ts'
import { FAR_INSTANCE, inputOf, OverlayTestbed, SERVICE, services } from './overlay-testbed.ts'
import { type FirstConnections, measureFirst, measureUpdates, type Update } from './overlay-updates.ts'
import { UserspaceForwarder } from './overlay-userspace.ts'

/**
 * Measures the overlay between two nodes, in network namespaces that a bridge joins: JSON lines on stdout, tables with
 * ratios to the plain tunnel on stderr. Needs root and iperf3 (`apt-get install -y --no-install-recommends iperf3`).
 * Run with `node --import tsx bench/overlay.ts [--seconds 2] [--rounds 3] [--services 10,1000,10000] [--only paths,updates,first]`.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    services: { type: 'string', default: '10,1000,10000' },
    only: { type: 'string', default: 'paths,updates,first' },
  },
})
const [rounds, seconds] = [Number(values.rounds), Math.max(1, Math.round(Number(values.seconds)))]
const parts = new Set(values.only.split(','))
// A connection beside many services waits for their whole table: fewer of them say enough.
const FIRST_CONNECTIONS = 20
const MANY_SERVICES = 5_000
const FIRST_CONNECTIONS_BESIDE_MANY = 5

const groups: (readonly MeasuredPath[])[] = []
const updates: Update[] = []
const firsts: FirstConnections[] = []

/** The machines, and user space, beside the tunnel without any service. */
async function measureSurroundings(bed: OverlayTestbed, tunnel: PathEnds): Promise<void> {
  using forwarder = await UserspaceForwarder.start(bed.near.path, bed.far.path)
  const paths = [
    tunnel,
    { what: 'direct, between the machines', from: bed.near.path, address: TestLan.address('v4', 1) },
    { what: 'user space', from: bed.near.path, address: forwarder.farAddress },
  ]
  groups.push(await measureGroup(paths, { rounds, seconds, services: 0 }))
}

async function measure(bed: OverlayTestbed): Promise<void> {
  const tunnel = { what: 'instance address, the plain tunnel', from: bed.client, address: FAR_INSTANCE }
  const byService = { what: 'service address', from: bed.client, address: SERVICE }
  if (parts.has('paths')) await measureSurroundings(bed, tunnel)
  for (const count of values.services.split(',').map(Number)) {
    process.stderr.write(`${count} services\n`)
    await bed.network.apply(inputOf(0, services(count)))
    if (parts.has('paths')) groups.push(await measureGroup([tunnel, byService], { rounds, seconds, services: count }))
    if (parts.has('updates')) updates.push(...(await measureUpdates(bed, count)))
    const connections = count < MANY_SERVICES ? FIRST_CONNECTIONS : FIRST_CONNECTIONS_BESIDE_MANY
    if (parts.has('first')) firsts.push(await measureFirst(bed, count, connections))
  }
}

async function main(): Promise<void> {
  const why = whyNoMachine()
  if (why) throw new Error(`cannot measure here: ${why}`)
  await using bed = await OverlayTestbed.create()
  const [load = 0] = loadavg()
  await measure(bed)
  const where = `${cpus().length} processors for both nodes and their programs, load average ${load.toFixed(1)} at the start.`
  process.stderr.write(`\n${renderOverlay({ groups, updates, firsts })}\n\n${where}\n`)
}

await main()
