import { createHash } from 'node:crypto'
import path from 'node:path'
import type { Clock, Logger, MetricFamily, Random } from '@oakestra/base'
import type { ControllerStatus } from '@oakestra/controller'
import type { GeoPoint } from '@oakestra/model'
import type { Network } from '@oakestra/net'
import type { LogKeeper, Runtime } from '@oakestra/runtime'
import type { ChildTransport, Renewable } from '@oakestra/session'
import type { Store } from '@oakestra/store'
import { Agent } from './agent.ts'
import { ClusterContact } from './contact/cluster-contact.ts'
import { createProber } from './health/create-prober.ts'
import type { HealthProber } from './health/prober.ts'
import { InstanceBook } from './instance-book.ts'
import { createInstanceFiles, type InstanceFiles } from './instance-files.ts'
import type { Machine } from './machine.ts'
import type { OverlayMeans } from './overlay/overlay.ts'

export interface NodeOptions {
  readonly id: string
  readonly name: string
  /** Address under which published ports answer. */
  readonly address: string
  readonly dataDir: string
  readonly version: string
  /** Of its configuration, `key=value`: what descriptors may ask for. */
  readonly labels?: readonly string[]
  readonly location?: GeoPoint
  readonly addons?: readonly string[]
  readonly csiDrivers?: readonly string[]
  readonly store: Store
  readonly transport: ChildTransport
  /** Its own certificate at the cluster. */
  readonly renewable?: Renewable
  readonly runtime: Runtime
  readonly logs: LogKeeper
  readonly network: Network
  readonly machine: Machine
  /** What it can use to reach other nodes. Absent: it is alone. */
  readonly overlay?: OverlayMeans
  /** Absent: files below `dataDir`. */
  readonly files?: InstanceFiles
  /** Absent: real connections to the instances, and commands by the runtime. */
  readonly prober?: HealthProber
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A running node agent. Disposing of it leaves workloads and traffic as they are. */
export interface Node extends AsyncDisposable {
  readonly connected: boolean
  controllers(): readonly ControllerStatus[]
  /** What it knows of itself and what runs here, as numbers. */
  metrics(): Promise<readonly MetricFamily[]>
  /** What this node knows of the overlay, in lines for people; with an address, what happens to packets for it. */
  explain(address?: string): Promise<readonly string[]>
  /** Resolves when nothing is left to do for now. */
  idle(): Promise<void>
}

/** Five hex digits that tell this node's kernel objects from those of other nodes on the same machine. */
export function nodeTag(nodeId: string): string {
  return createHash('sha256').update(nodeId).digest('hex').slice(0, 5)
}

/** Starts a node agent: finds what runs, connects to the cluster, and keeps instances as they are wanted. */
export async function createNode(options: NodeOptions): Promise<Node> {
  const { store, clock, logger, id, name, address, runtime } = options
  // Whoever is told of the cluster's silence is made after who knows of it.
  const told: { agent?: Agent } = {}
  const onChange = (instanceId: string) => told.agent?.silenceChanged(instanceId)
  const contact = new ClusterContact({ store, clock, logger, onChange, onFirstWord: () => told.agent?.clusterHeard() })
  await contact.load()
  const identity = { nodeId: id, nodeName: name, hostAddress: address }
  const book = new InstanceBook({ store, clock, identity, contact })
  await recover(book, options)
  const files = options.files ?? createInstanceFiles(path.join(options.dataDir, 'instances'))
  const agent = new Agent({ ...options, tag: nodeTag(id), files, prober: options.prober ?? createProber(runtime), book, contact })
  told.agent = agent
  await agent.open()
  agent.start()
  return agent
}

/**
 * Looks at what runs before anything is decided, done or reported. The kernel and the service addresses must not lose an
 * instance that is only not known yet, so nothing else begins until the runtime has answered.
 */
async function recover(book: InstanceBook, { runtime, logger, logs }: NodeOptions): Promise<void> {
  const workloads = await runtime.list()
  const remembered = new Set(await book.ids())
  for (const workload of workloads) {
    book.noteWorkload(workload.id, workload)
    if (remembered.has(workload.id)) await logs.open(workload.id)
  }
  if (workloads.length > 0) logger.info('took over what runs', { instances: workloads.length })
}
