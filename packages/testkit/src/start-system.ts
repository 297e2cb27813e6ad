import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { Disposal } from '@oakestra/base'
import { CLUSTER_COLLECTIONS, type Cluster, type ClusterOptions, createCluster } from '@oakestra/cluster'
import { createFakeNetwork, FakeKernel } from '@oakestra/net/testing'
import { createNode, type Machine, NODE_COLLECTIONS, nodeTag } from '@oakestra/node'
import { makeSigningRequest, parseJoinToken } from '@oakestra/pki'
import { createRoot, ROOT_STORE_COLLECTIONS, type Root, type RootOptions } from '@oakestra/root'
import { createFakeLogKeeper, createFakeRuntime } from '@oakestra/runtime/testing'
import { MemoryNetwork } from '@oakestra/session/testing'
import type { Store } from '@oakestra/store'
import { type RealSurroundings, type RoleSurroundings, realSurroundings, type Surroundings } from './surroundings.ts'
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
const ROOT_DOOR = 'root'

interface World {
  readonly options: SystemOptions
  readonly surroundings: Surroundings
  readonly network: MemoryNetwork
  readonly dir: string
  readonly disposal: Disposal
}

/** Starts a whole system and waits until it is connected. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  await using disposal = new Disposal()
  const { surroundings = realSurroundings(options) } = options
  const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-system-'))
  disposal.defer(() => rm(dir, { recursive: true, force: true }))
  const network = new MemoryNetwork(surroundings.network)
  const world: World = { options, surroundings, network, dir, disposal }
  const root = await startRootUnit(world)
  const clusters: ClusterUnit[] = []
  for (const [name, nodes] of Object.entries(options.clusters ?? { c1: ['n1'] }))
    clusters.push(await startClusterUnit(world, root, name, nodes))
  const waitUntil: Surroundings['waitUntil'] = (what, check) => surroundings.waitUntil(what, check)
  const system = new System({ root, clusters, network, disposal: disposal.move(), waitUntil })
  await system.connected()
  return system
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
  const { network, options, surroundings } = world
  const authority = await surroundings.authority()
  const own = surroundings.of('root', 'root')
  const unit = new Unit(await openStore(world, 'root', ROOT_STORE_COLLECTIONS), async (store) => {
    return createRoot({
      version: 'test',
      store,
      accounts: await surroundings.openAccounts(store, own),
      authority,
      clusterTransport: network.parent(ROOT_DOOR, 'cluster'),
      clusterAddresses: () => ['root.test:1'],
      policy: 'bestCpuMemFit',
      ...(options.liveness?.root && { liveness: options.liveness.root }),
      ...own,
    })
  })
  return started(world, unit)
}

async function startClusterUnit(world: World, root: Unit<Root>, name: string, nodeNames: readonly string[]): Promise<ClusterUnit> {
  const { network, options, surroundings } = world
  const authority = await surroundings.authority()
  const own = surroundings.of('cluster', name)
  const id = await join(world, own, { kind: 'cluster', door: ROOT_DOOR, name, token: await root.running.createClusterToken(name) })
  const unit = new Unit(await openStore(world, name, CLUSTER_COLLECTIONS), (store) =>
    createCluster({
      id,
      name,
      location: '',
      version: 'test',
      store,
      rootTransport: surroundings.transport('cluster', network.child({ kind: 'cluster', id }, ROOT_DOOR)),
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
  const id = await join(world, own, { kind: 'node', door: cluster.id, name, token })
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

interface Join {
  readonly kind: 'cluster' | 'node'
  readonly door: string
  readonly name: string
  readonly token: string
}

/** Joins by token, through the parent's real admission. */
async function join({ network }: World, { clock }: RoleSurroundings, { kind, door, name, token }: Join): Promise<string> {
  const { id: tokenId, secret } = parseJoinToken(token, { kind, nowMs: clock.wallMs() })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const csrPem = makeSigningRequest(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), kind)
  const admission = await network.joiner(door).join({ tokenId, secret, kind, name, csrPem }, AbortSignal.timeout(10_000))
  return admission.id
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
