import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { CLUSTER_COLLECTIONS, type Cluster, type ClusterOptions, createCluster } from '@oakestra/cluster'
import { createFakeNetwork, FakeKernel } from '@oakestra/net/testing'
import { createNode, type Machine, NODE_COLLECTIONS, nodeTag } from '@oakestra/node'
import { createRoot, ROOT_STORE_COLLECTIONS, type Root, type RootOptions } from '@oakestra/root'
import { createFakeLogKeeper, createFakeRuntime } from '@oakestra/runtime/testing'
import { MemoryNetwork } from '@oakestra/session/testing'
import type { Store } from '@oakestra/store'
import { admitted, memoryDoor, type RootDoor } from './root-door.ts'
import { type RealSurroundings, realSurroundings, type Surroundings } from './surroundings.ts'
import { System } from './system.ts'
import { type ClusterUnit, type NodeUnit, Unit } from './units.ts'

export type { System } from './system.ts'
export type { ClusterUnit, NodeUnit, RoleUnit } from './units.ts'

/** What shall be started, and how the world behaves. */
export interface SystemOptions extends RealSurroundings {
  /** Clusters by name, each with the names of its nodes. Default one cluster `c1` with one node `n1`. */
  readonly clusters?: Readonly<Record<string, readonly string[]>>
  readonly memoryMiBPerNode?: number
  readonly vcpusPerNode?: number
  /** How patient root is with clusters, and clusters with nodes. */
  readonly liveness?: { readonly root?: NonNullable<RootOptions['liveness']>; readonly cluster?: NonNullable<ClusterOptions['liveness']> }
  /** Replaces the clock, chance and logger above. */
  readonly surroundings?: Surroundings
}

// What a runtime does without changing its machine.
const LOOKS = new Set(['list', 'get'])

interface World {
  readonly options: SystemOptions
  readonly surroundings: Surroundings
  readonly network: MemoryNetwork
  /** Where clusters find root. */
  readonly door: RootDoor
  readonly dir: string
  readonly disposal: Disposal
}

/** Clusters and their nodes, whose root is elsewhere. */
export interface Site {
  readonly clusters: readonly ClusterUnit[]
  readonly network: MemoryNetwork
  readonly disposal: Disposal
}

/** Starts a whole system and waits until it is connected. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  await using disposal = new Disposal()
  const world = await createWorld(options, disposal)
  const { surroundings, network } = world
  const root = await startRootUnit(world)
  const clusters = await startClusters(world, (name) => root.running.createClusterToken(name))
  const waitUntil: Surroundings['waitUntil'] = (what, check) => surroundings.waitUntil(what, check)
  const system = new System({ root, clusters, network, disposal: disposal.move(), waitUntil })
  await system.connected()
  return system
}

/** Starts clusters that join a root in another process, by the tokens they are given. */
export async function startSite(options: SystemOptions, tokenOf: (cluster: string) => string): Promise<Site> {
  await using disposal = new Disposal()
  const world = await createWorld(options, disposal)
  const clusters = await startClusters(world, async (name) => tokenOf(name))
  return { clusters, network: world.network, disposal: disposal.move() }
}

async function createWorld(options: SystemOptions, disposal: Disposal): Promise<World> {
  const { surroundings = realSurroundings(options) } = options
  const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-system-'))
  disposal.defer(() => rm(dir, { recursive: true, force: true }))
  const network = new MemoryNetwork(surroundings.network)
  return { options, surroundings, network, door: surroundings.rootDoor ?? memoryDoor(network), dir, disposal }
}

async function startClusters(world: World, tokenOf: (name: string) => Promise<string>): Promise<readonly ClusterUnit[]> {
  const clusters: ClusterUnit[] = []
  for (const [name, nodes] of Object.entries(world.options.clusters ?? { c1: ['n1'] })) {
    clusters.push(await startClusterUnit(world, await tokenOf(name), name, nodes))
  }
  return clusters
}

async function openStore({ disposal, surroundings }: World, ...wish: Parameters<Surroundings['openStore']>): Promise<Store> {
  return disposal.use(await surroundings.openStore(...wish))
}

async function started<T extends AsyncDisposable>(world: World, unit: Unit<T>): Promise<Unit<T>> {
  await unit.start()
  world.disposal.defer(() => unit.stop())
  return unit
}

async function startRootUnit(world: World): Promise<Unit<Root>> {
  const { door, options, surroundings } = world
  const authority = await surroundings.authority()
  const own = surroundings.of('root', 'root')
  const clusterTransport = await door.parent(authority)
  const unit = new Unit(await openStore(world, 'root', ROOT_STORE_COLLECTIONS), async (store) => {
    return createRoot({
      version: 'test',
      store,
      accounts: await surroundings.openAccounts(store, own),
      authority,
      clusterTransport,
      clusterAddresses: (port) => door.addresses(port),
      policy: 'bestCpuMemFit',
      ...(options.liveness?.root && { liveness: options.liveness.root }),
      ...own,
    })
  })
  return started(world, unit)
}

async function startClusterUnit(world: World, token: string, name: string, nodeNames: readonly string[]): Promise<ClusterUnit> {
  const { network, door, options, surroundings } = world
  const authority = await surroundings.authority()
  const own = surroundings.of('cluster', name)
  const { id, transport } = await door.join({ name, token, clock: own.clock })
  const unit = new Unit(await openStore(world, name, CLUSTER_COLLECTIONS), (store) =>
    createCluster({
      id,
      name,
      location: '',
      version: 'test',
      store,
      rootTransport: surroundings.transport('cluster', transport),
      nodeTransport: network.parent(id, 'node'),
      authority,
      nodeAddresses: () => ['cluster.test:1'],
      apiPort: () => 10_100,
      policy: 'bestCpuMemFit',
      cpuOvercommit: 16,
      ...(options.liveness?.cluster && { liveness: options.liveness.cluster }),
      ...own,
    }),
  )
  await started(world, unit)
  const nodes: NodeUnit[] = []
  for (const nodeName of nodeNames) nodes.push(await startNodeUnit(world, { id, unit }, nodeName))
  return { name, id, unit, nodes }
}

async function startNodeUnit(world: World, cluster: { id: string; unit: Unit<Cluster> }, name: string): Promise<NodeUnit> {
  const { network, dir, surroundings } = world
  const own = surroundings.of('node', name)
  const token = await cluster.unit.running.createNodeToken(60_000)
  const { id } = await admitted(network.joiner(cluster.id), { kind: 'node', name, token, clock: own.clock })
  const machine = surroundings.machine(name)
  const kernel = new FakeKernel()
  const logs = createFakeLogKeeper({ machine })
  const unit = new Unit(await openStore(world, name, NODE_COLLECTIONS), async (store) =>
    createNode({
      id,
      name,
      address: '127.0.0.1',
      dataDir: path.join(dir, id),
      version: 'test',
      store,
      transport: surroundings.transport('node', network.child({ kind: 'node', id }, cluster.id)),
      runtime: createFakeRuntime({ machine, clock: own.clock }),
      logs,
      network: createFakeNetwork({ tag: nodeTag(id), kernel, clock: own.clock }),
      machine: simulatedMachine(world.options, name),
      ...own,
      ...surroundings.nodeOptions(name),
    }),
  )
  machine.beforeAct = (act) => (LOOKS.has(act) ? unit.fence.look() : unit.fence.act())
  kernel.beforeStep = () => unit.fence.act()
  await started(world, unit)
  return { name, id, unit, machine, kernel, logs }
}

function simulatedMachine({ memoryMiBPerNode = 2048, vcpusPerNode = 2 }: SystemOptions, hostname: string): Machine {
  return {
    hostname,
    architecture: 'amd64',
    vcpus: vcpusPerNode,
    memoryMiB: memoryMiBPerNode,
    storageFreeMiB: async () => 10_000,
    load: async () => ({ busyTicks: 0, totalTicks: 100, memoryPercent: 10 }),
  }
}
