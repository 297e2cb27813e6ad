import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { type Clock, Disposal, type Logger, type Random, randomIds, realClock, silentLogger } from '@oakestra/base'
import { seededRandom, until } from '@oakestra/base/testing'
import { CLUSTER_COLLECTIONS, type Cluster, createCluster } from '@oakestra/cluster'
import { createFakeNetwork, FakeKernel } from '@oakestra/net/testing'
import { createNode, type Machine, NODE_COLLECTIONS, type Node, nodeTag } from '@oakestra/node'
import { type Authority, makeSigningRequest, parseJoinToken } from '@oakestra/pki'
import { memoryAuthority } from '@oakestra/pki/testing'
import { createRoot, openAccounts, ROOT_STORE_COLLECTIONS, type Root } from '@oakestra/root'
import { createFakeLogKeeper, createFakeRuntime, FakeMachine } from '@oakestra/runtime/testing'
import { MemoryNetwork } from '@oakestra/session/testing'
import { openSqliteStore, type Store } from '@oakestra/store'
import { ApiUser } from './api-user.ts'
import { CrashFence, fencedStore } from './crash-fence.ts'

/** What shall be started, and how the world behaves. */
export interface SystemOptions {
  /** Clusters by name, each with the names of its nodes. Default one cluster `c1` with one node `n1`. */
  readonly clusters?: Readonly<Record<string, readonly string[]>>
  readonly memoryMiBPerNode?: number
  readonly vcpusPerNode?: number
  readonly clock?: Clock
  readonly random?: Random
  readonly logger?: Logger
}

// What a runtime does without changing its machine.
const LOOKS = new Set(['list', 'get'])
const PASSWORD = 'correct horse'
const ROOT_DOOR = 'root'
// Leases of a system whose clock is real and whose tests are not patient.
const TIMING = { pingMs: 50, leaseMs: 400 }

/** One role with a store that outlives it: it can be stopped and started like a process. */
class Unit<T extends AsyncDisposable> {
  readonly store: Store
  /** Lets tests kill it in the middle of what it does. */
  readonly fence = new CrashFence()
  readonly #start: (store: Store) => Promise<T>
  #running: T | undefined

  constructor(store: Store, start: (store: Store) => Promise<T>) {
    this.store = store
    this.#start = start
  }

  get running(): T {
    if (!this.#running) throw new Error('this role does not run now')
    return this.#running
  }

  async start(): Promise<void> {
    this.#running = await this.#start(fencedStore(this.store, this.fence))
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.[Symbol.asyncDispose]()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }
}

/** What all roles have in common. */
export type RoleUnit = Pick<Unit<AsyncDisposable>, 'store' | 'fence' | 'start' | 'stop'>

export interface NodeUnit {
  readonly name: string
  readonly id: string
  readonly unit: Unit<Node>
  /** What the machine has, whether or not an agent runs on it. */
  readonly machine: FakeMachine
  readonly kernel: FakeKernel
  readonly logs: ReturnType<typeof createFakeLogKeeper>
}

export interface ClusterUnit {
  readonly name: string
  readonly id: string
  readonly unit: Unit<Cluster>
  readonly nodes: readonly NodeUnit[]
}

/** Root, clusters and nodes in one process: real code over a network, machines and kernels in memory. */
export class System implements AsyncDisposable {
  readonly root: Unit<Root>
  readonly clusters: readonly ClusterUnit[]
  readonly network: MemoryNetwork
  readonly #disposal: Disposal

  constructor(parts: { root: Unit<Root>; clusters: readonly ClusterUnit[]; network: MemoryNetwork; disposal: Disposal }) {
    this.root = parts.root
    this.clusters = parts.clusters
    this.network = parts.network
    this.#disposal = parts.disposal
  }

  get nodes(): readonly NodeUnit[] {
    return this.clusters.flatMap(({ nodes }) => nodes)
  }

  cluster(name: string): ClusterUnit {
    return named(this.clusters, name)
  }

  node(name: string): NodeUnit {
    return named(this.nodes, name)
  }

  /** The administrator, logged in. */
  async admin(): Promise<ApiUser> {
    return ApiUser.login(() => this.root.running.api, 'Admin', PASSWORD)
  }

  /** Resolves when every part is connected to its parent. */
  async connected(): Promise<void> {
    await until(
      'everything is connected',
      () =>
        this.clusters.every(({ unit, nodes }) => unit.running.connected && nodes.every((node) => node.unit.running.connected)) &&
        this.root.running.activeNodes() === this.nodes.length,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#disposal[Symbol.asyncDispose]()
  }
}

function named<T extends { readonly name: string }>(list: readonly T[], name: string): T {
  const found = list.find((each) => each.name === name)
  if (!found) throw new Error(`there is no ${name} in this system`)
  return found
}

interface World {
  readonly options: SystemOptions
  readonly network: MemoryNetwork
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly dir: string
  readonly disposal: Disposal
}

/** Starts a whole system and waits until it is connected. */
export async function startSystem(options: SystemOptions = {}): Promise<System> {
  await using disposal = new Disposal()
  const { clock = realClock, random = seededRandom(1), logger = silentLogger } = options
  const dir = await mkdtemp(path.join(os.tmpdir(), 'oak-system-'))
  disposal.defer(() => rm(dir, { recursive: true, force: true }))
  const network = new MemoryNetwork({ clock, random, timing: TIMING })
  const world: World = { options, network, clock, random, logger, dir, disposal }
  const root = await startRootUnit(world)
  const clusters: ClusterUnit[] = []
  for (const [name, nodes] of Object.entries(options.clusters ?? { c1: ['n1'] }))
    clusters.push(await startClusterUnit(world, root, name, nodes))
  const system = new System({ root, clusters, network, disposal: disposal.move() })
  await system.connected()
  return system
}

async function openStore(world: World, collections: Parameters<typeof openSqliteStore>[0]['collections']): Promise<Store> {
  return world.disposal.use(await openSqliteStore({ file: ':memory:', collections }))
}

async function started<T extends AsyncDisposable>(world: World, unit: Unit<T>): Promise<Unit<T>> {
  await unit.start()
  world.disposal.defer(() => unit.stop())
  return unit
}

async function startRootUnit(world: World): Promise<Unit<Root>> {
  const { network, clock, random, logger } = world
  const authority = await memoryAuthority({ clock })
  const keys = memoryKeys()
  const unit = new Unit(await openStore(world, ROOT_STORE_COLLECTIONS), async (store) => {
    const { accounts } = await openAccounts({ store, clock, ids: randomIds, keys, adminPassword: PASSWORD, hashing: { cost: 1024 } })
    return createRoot({
      version: 'test',
      store,
      accounts,
      authority,
      clusterTransport: network.parent(ROOT_DOOR, 'cluster'),
      clusterAddresses: () => ['root.test:1'],
      policy: 'bestCpuMemFit',
      clock,
      ids: randomIds,
      random,
      logger: logger.child({ role: 'root' }),
    })
  })
  return started(world, unit)
}

function memoryKeys() {
  let kept: string | undefined
  return {
    load: async () => kept,
    save: async (text: string) => {
      kept = text
    },
  }
}

async function startClusterUnit(world: World, root: Unit<Root>, name: string, nodeNames: readonly string[]): Promise<ClusterUnit> {
  const { network, clock, random, logger } = world
  const authority: Authority = await memoryAuthority({ clock })
  const id = await join(world, 'cluster', ROOT_DOOR, name, await root.running.createClusterToken(name))
  const unit = new Unit(await openStore(world, CLUSTER_COLLECTIONS), (store) =>
    createCluster({
      id,
      name,
      location: '',
      version: 'test',
      store,
      rootTransport: network.child({ kind: 'cluster', id }, ROOT_DOOR),
      nodeTransport: network.parent(id, 'node'),
      authority,
      nodeAddresses: () => ['cluster.test:1'],
      apiPort: () => 10_100,
      policy: 'bestCpuMemFit',
      cpuOvercommit: 16,
      clock,
      ids: randomIds,
      random,
      logger: logger.child({ role: 'cluster', cluster: name }),
    }),
  )
  await started(world, unit)
  const nodes: NodeUnit[] = []
  for (const nodeName of nodeNames) nodes.push(await startNodeUnit(world, { id, unit }, nodeName))
  return { name, id, unit, nodes }
}

async function startNodeUnit(world: World, cluster: { id: string; unit: Unit<Cluster> }, name: string): Promise<NodeUnit> {
  const { network, clock, random, logger, dir } = world
  const id = await join(world, 'node', cluster.id, name, await cluster.unit.running.createNodeToken(60_000))
  const machine = new FakeMachine()
  const kernel = new FakeKernel()
  const logs = createFakeLogKeeper({ machine })
  const unit = new Unit(await openStore(world, NODE_COLLECTIONS), async (store) =>
    createNode({
      id,
      name,
      address: '127.0.0.1',
      dataDir: path.join(dir, id),
      version: 'test',
      store,
      transport: network.child({ kind: 'node', id }, cluster.id),
      runtime: createFakeRuntime({ machine, clock }),
      logs,
      network: createFakeNetwork({ tag: nodeTag(id), kernel }),
      machine: simulatedMachine(world.options, name),
      clock,
      random,
      logger: logger.child({ role: 'node', node: name }),
    }),
  )
  machine.beforeAct = (act) => (LOOKS.has(act) ? unit.fence.look() : unit.fence.act())
  kernel.beforeStep = () => unit.fence.act()
  await started(world, unit)
  return { name, id, unit, machine, kernel, logs }
}

/** Joins by token, through the parent's real admission. */
async function join(world: World, kind: 'cluster' | 'node', door: string, name: string, tokenText: string): Promise<string> {
  const { id: tokenId, secret } = parseJoinToken(tokenText, { kind, nowMs: world.clock.wallMs() })
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const csrPem = makeSigningRequest(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), kind)
  const admission = await world.network.joiner(door).join({ tokenId, secret, kind, name, csrPem }, AbortSignal.timeout(10_000))
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
