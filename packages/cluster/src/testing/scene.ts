import { Disposal, OakError, silentLogger } from '@oakestra/base'
import { seededIds, seededRandom, VirtualClock } from '@oakestra/base/testing'
import type { NodeFacts } from '@oakestra/model'
import { memoryAuthority } from '@oakestra/pki/testing'
import { outboxEntries } from '@oakestra/session'
import { MemoryNetwork } from '@oakestra/session/testing'
import { type Collection, openSqliteStore, type Store } from '@oakestra/store'
import type { ChangeNode, WireNode } from '@oakestra/wire'
import { createCluster } from '../create-cluster.ts'
import type { Cluster, ClusterOptions } from '../options.ts'
import { CLUSTER_COLLECTIONS, journeys, nodeReports, nodes, placements } from '../state.ts'
import { FakeNode } from './fake-node.ts'
import { FakeRoot } from './fake-root.ts'
import { type SpecChanges, specOf } from './sample-spec.ts'

const CLUSTER_ID = 'c'.repeat(24)
const STEP_MS = 50

export interface SceneOptions extends Partial<Pick<ClusterOptions, 'chooser' | 'liveness' | 'policy' | 'knownAreas'>> {
  /** Names of nodes that belong to the cluster and are connected. */
  readonly nodes?: readonly string[]
  /** The cluster's; by default SQLite in memory. */
  readonly store?: Store
  readonly facts?: Readonly<Record<string, Partial<NodeFacts>>>
}

/** A real cluster between a root and nodes that only talk, on virtual time. */
export class Scene implements AsyncDisposable {
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly root: FakeRoot
  readonly store: Store
  readonly #nodes = new Map<string, FakeNode>()
  readonly #options: SceneOptions
  readonly #authority: Awaited<ReturnType<typeof memoryAuthority>>
  readonly #disposal = new Disposal()
  #cluster: Cluster | undefined

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock, random: seededRandom(1) })
    const authority = await memoryAuthority({ clock })
    const root = await FakeRoot.start({ clusterId: CLUSTER_ID, transport: network.parent('root', 'cluster'), authority, clock })
    const { store = await openSqliteStore({ file: ':memory:', collections: CLUSTER_COLLECTIONS }) } = options
    const scene = new Scene({ options, clock, network, authority, root, store })
    for (const name of options.nodes ?? []) await scene.addNode(name)
    await scene.startCluster()
    await scene.until('everybody is connected', () => scene.cluster.connected && scene.isComplete)
    await root.put({ id: 'addressing', kind: 'addressing', body: { blocksV4: ['10.18.0.0/16'], blocksV6: ['fc00::/110'] } })
    await scene.until('nodes are ready', () => root.facts.at(-1)?.memoryFreeMiB || scene.#nodes.size === 0)
    return scene
  }

  private constructor(parts: {
    options: SceneOptions
    clock: VirtualClock
    network: MemoryNetwork
    authority: Awaited<ReturnType<typeof memoryAuthority>>
    root: FakeRoot
    store: Store
  }) {
    this.#options = parts.options
    this.clock = parts.clock
    this.network = parts.network
    this.#authority = parts.authority
    this.root = parts.root
    this.store = parts.store
    this.#disposal.defer(() => this.store[Symbol.asyncDispose]())
    this.#disposal.defer(() => this.root.dispose())
  }

  get cluster(): Cluster {
    if (!this.#cluster) throw new Error('the cluster does not run')
    return this.#cluster
  }

  get isComplete(): boolean {
    return this.cluster.connectedNodes().size === this.#nodes.size
  }

  node(name: string): FakeNode {
    const node = this.#nodes.get(name)
    if (!node) throw new Error(`there is no node ${name}`)
    return node
  }

  /** Who runs it, by name: more than one when it runs twice. */
  whoRuns(instanceId: string): string {
    return [...this.#nodes.values()]
      .filter((node) => node.running.has(instanceId))
      .map(({ name }) => name)
      .join('+')
  }

  /** A node that has joined, and connects as soon as the cluster is there. */
  async addNode(name: string, id = name.padEnd(24, '0')): Promise<FakeNode> {
    const known = await this.store.read((reader) => reader.get(nodes, id))
    if (!known) await this.store.write((writer) => writer.put(nodes, { id, name, createdAtMs: 0 }))
    const facts = this.#options.facts?.[name]
    const transport = this.network.child({ kind: 'node', id }, CLUSTER_ID)
    const node = await FakeNode.create({ id, name, transport, clock: this.clock, random: seededRandom(2), ...(facts && { facts }) })
    this.#nodes.set(name, node)
    this.#disposal.defer(() => node.dispose())
    node.start()
    return node
  }

  async startCluster(): Promise<void> {
    this.#cluster = await createCluster({
      id: CLUSTER_ID,
      name: 'c1',
      location: '',
      version: 'test',
      rootTransport: this.network.child({ kind: 'cluster', id: CLUSTER_ID }, 'root'),
      nodeTransport: this.network.parent(CLUSTER_ID, 'node'),
      authority: this.#authority,
      nodeAddresses: () => ['cluster.test:1'],
      apiPort: () => 10_100,
      policy: 'bestCpuMemFit',
      cpuOvercommit: 16,
      ids: seededIds(1),
      random: seededRandom(3),
      logger: silentLogger,
      ...this.#options,
      store: this.store,
      clock: this.clock,
    })
  }

  async stopCluster(): Promise<void> {
    await this.#cluster?.[Symbol.asyncDispose]()
    this.#cluster = undefined
  }

  cut(name: string): void {
    this.network.cut(this.node(name).id)
  }

  restore(name: string): void {
    this.network.restore(this.node(name).id)
  }

  /** Wants an instance and waits until it runs. Gives the name of its node. */
  async running(id: string, changes: SpecChanges = {}): Promise<string> {
    await this.root.want(specOf(id, changes))
    await this.until(`${id} runs`, () => this.root.says(id).startsWith('running') && this.whoRuns(id) !== '')
    return this.whoRuns(id)
  }

  /** Everything the cluster keeps about instances. */
  async leftovers(): Promise<readonly unknown[]> {
    return this.store.read(async (reader) => {
      const documents = [placements, journeys, nodeReports].map((collection) => reader.list<unknown>(collection as Collection<unknown>))
      const orders = (await reader.list(outboxEntries)).filter(({ item }) => item.kind === 'instance')
      return [...(await Promise.all(documents)).flat(), ...orders]
    })
  }

  /** The instances that nodes are told of, to have or to end. */
  async orders(): Promise<readonly string[]> {
    const entries = await this.store.read((reader) => reader.list(outboxEntries))
    return entries
      .filter(({ item }) => item.kind === 'instance')
      .map(({ item }) => item.id)
      .sort()
  }

  /** The nodes as the cluster lists them to root, by name. */
  async nodeViews(): Promise<Readonly<Record<string, WireNode>>> {
    const views = (await this.ask('nodes.list', {})) as readonly WireNode[]
    return Object.fromEntries(views.map((view) => [view.name, view]))
  }

  /** A request of root, and its answer. */
  async ask(method: string, params: unknown): Promise<unknown> {
    let answer: { readonly value: unknown } | { readonly thrown: unknown } | undefined
    this.root.request(method, params).then(
      (value) => (answer = { value }),
      (thrown: unknown) => (answer = { thrown }),
    )
    await this.until(`${method} is answered`, () => answer)
    if (answer && 'thrown' in answer) throw answer.thrown
    return answer?.value
  }

  change(name: string, wish: Omit<ChangeNode, 'nodeId'>): Promise<unknown> {
    return this.ask('nodes.change', { nodeId: this.node(name).id, ...wish })
  }

  /** Lets virtual time pass until something is so. */
  async until(what: string, check: () => unknown, withinMs = 120_000): Promise<void> {
    for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += STEP_MS) {
      if (await check()) return
      await this.clock.advance(STEP_MS)
    }
    throw new OakError('deadline-exceeded', `gave up after ${withinMs} virtual ms waiting until ${what}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopCluster()
    await this.#disposal[Symbol.asyncDispose]()
  }
}
