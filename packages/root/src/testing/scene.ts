import { Disposal, OakError } from '@oakestra/base'
import {
  type recordingLogger as RecordingLogger,
  recordingLogger,
  seededIds,
  seededRandom,
  until,
  VirtualClock,
} from '@oakestra/base/testing'
import type { Cluster, DesiredInstance } from '@oakestra/model'
import { memoryAuthority } from '@oakestra/pki/testing'
import { outboxEntries } from '@oakestra/session'
import { MemoryNetwork } from '@oakestra/session/testing'
import { openSqliteStore, type Store } from '@oakestra/store'
import type { WireInstance } from '@oakestra/wire'
import type { LightMyRequestResponse } from 'fastify'
import type { Accounts } from '../accounts/accounts.ts'
import { openAccounts } from '../accounts/open-accounts.ts'
import type { Method } from '../api/route.ts'
import { memoryKeyStore } from '../api/testing/api-fixture.ts'
import { service, sla } from '../api/testing/documents.ts'
import { createRoot, ROOT_STORE_COLLECTIONS, type Root, type RootOptions } from '../create-root.ts'
import { clusters, instances } from '../state/collections.ts'
import { FakeCluster } from './fake-cluster.ts'

const STEP_MS = 50
const TOKEN_MS = 5 * 60_000
/** One key for all scenes, since making one takes a while. */
const keys = memoryKeyStore()
const PASSWORD = 'correct horse battery staple'

export interface SceneOptions extends Partial<Pick<RootOptions, 'chooser' | 'liveness' | 'policy' | 'areas'>> {
  /** Names of clusters, each with its free memory. */
  readonly clusters: Readonly<Record<string, number>>
  /** Put between root and its store, to make it fail. */
  readonly around?: (store: Store) => Store
}

interface Parts {
  readonly options: SceneOptions
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly authority: Awaited<ReturnType<typeof memoryAuthority>>
  readonly store: Store
}

/** A real root with clusters that only talk, on virtual time. */
export class Scene implements AsyncDisposable {
  readonly clock: VirtualClock
  readonly network: MemoryNetwork
  readonly store: Store
  readonly logger: ReturnType<typeof RecordingLogger> = recordingLogger()
  readonly #parts: Parts
  readonly #clusters = new Map<string, FakeCluster>()
  readonly #ids = seededIds(1)
  readonly #disposal = new Disposal()
  #root: Root | undefined
  #token = ''
  #tokenAtMs = 0
  #accounts: Accounts | undefined

  static async open(options: SceneOptions): Promise<Scene> {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock, random: seededRandom(1) })
    const authority = await memoryAuthority({ clock })
    const store = await openSqliteStore({ file: ':memory:', collections: ROOT_STORE_COLLECTIONS })
    const scene = new Scene({ options, clock, network, authority, store })
    await scene.startRoot()
    for (const [name, memoryMiB] of Object.entries(options.clusters)) await scene.addCluster(name, memoryMiB)
    await scene.until('everybody is connected', () => scene.isComplete)
    return scene
  }

  private constructor(parts: Parts) {
    this.#parts = parts
    this.clock = parts.clock
    this.network = parts.network
    this.store = parts.store
    this.#disposal.defer(() => this.store[Symbol.asyncDispose]())
  }

  get root(): Root {
    if (!this.#root) throw new Error('root does not run')
    return this.#root
  }

  get isComplete(): boolean {
    return this.root.connectedClusters().size === this.#clusters.size
  }

  cluster(name: string): FakeCluster {
    const cluster = this.#clusters.get(name)
    if (!cluster) throw new Error(`there is no cluster ${name}`)
    return cluster
  }

  /** A cluster that has joined, and connects by itself. */
  async addCluster(name: string, memoryMiB: number): Promise<FakeCluster> {
    const id = name.padEnd(24, '0')
    await this.store.write((writer) => writer.put(clusters, { id, name, location: '', createdAtMs: this.#clusters.size }))
    const transport = () => this.network.child({ kind: 'cluster', id }, 'root')
    const cluster = await FakeCluster.create({ id, name, transport, clock: this.clock, random: seededRandom(2), memoryMiB })
    this.#clusters.set(name, cluster)
    this.#disposal.defer(() => cluster.dispose())
    cluster.start()
    return cluster
  }

  async startRoot(): Promise<void> {
    const { options, clock, network, authority, store } = this.#parts
    const { around = (same: Store) => same, clusters: _clusters, ...rest } = options
    const ids = this.#ids
    const { accounts } = await openAccounts({ store, clock, ids, keys, adminPassword: PASSWORD, hashing: { cost: 16 } })
    this.#root = await createRoot({
      version: 'test',
      store: around(store),
      accounts,
      authority,
      clusterTransport: network.parent('root', 'cluster'),
      clusterAddresses: () => ['root.test:1'],
      policy: 'bestCpuMemFit',
      ids,
      random: seededRandom(3),
      logger: this.logger,
      ...rest,
      clock,
    })
    this.#accounts = accounts
    this.#token = ''
  }

  async stopRoot(): Promise<void> {
    await this.#root?.[Symbol.asyncDispose]()
    this.#root = undefined
  }

  async #validToken(): Promise<string> {
    if (this.#token !== '' && this.clock.monotonicMs() - this.#tokenAtMs < TOKEN_MS) return this.#token
    const login = await this.#accounts?.login({ userName: 'Admin', password: PASSWORD, organizationName: 'root', address: '' })
    this.#token = login?.accessToken ?? ''
    this.#tokenAtMs = this.clock.monotonicMs()
    return this.#token
  }

  cut(name: string): void {
    this.network.cut(this.cluster(name).id)
  }

  restore(name: string): void {
    this.network.restore(this.cluster(name).id)
  }

  /** Calls root's API as its administrator, while time goes on. */
  async call(method: Method, url: string, payload?: object): Promise<LightMyRequestResponse> {
    let answer: LightMyRequestResponse | undefined
    const headers = { authorization: `Bearer ${await this.#validToken()}` }
    const asked = this.root.api.inject({ method, url, headers, ...(payload && { payload }) }).then((got) => (answer = got))
    // Signatures are checked in real time, so that only passes while that is waited for.
    await until(
      `${method} ${url} is answered`,
      async () => {
        await this.clock.advance(STEP_MS)
        return answer
      },
      { intervalMs: 1 },
    )
    return asked
  }

  /** An application. Gives the ids of all services there are, by name. */
  async create(name: string, services: readonly object[]): Promise<Readonly<Record<string, string>>> {
    const answer = await this.call('POST', '/api/application', sla(name, services))
    if (answer.statusCode !== 200) throw new Error(answer.body)
    const all = (await this.call('GET', '/api/services')).json<readonly { microserviceID: string; microservice_name: string }[]>()
    return Object.fromEntries(all.map((each) => [each.microservice_name, each.microserviceID]))
  }

  /** A service in an application of its own. Gives its id. */
  async serve(name: string, extra: object = {}): Promise<string> {
    return (await this.create(name, [service(name, { memory: 100, ...extra })]))[name] ?? ''
  }

  /** Wants one more instance. Gives its id. */
  async deploy(serviceId: string): Promise<string> {
    const answer = await this.call('POST', `/api/service/${serviceId}/instance`)
    return answer.json<{ instance_id: string }>().instance_id
  }

  /** Wants an instance of a new service and waits until it runs. Gives the ids of both. */
  async running(name: string, extra: object = {}): Promise<{ readonly serviceId: string; readonly id: string }> {
    const serviceId = await this.serve(name, extra)
    const id = await this.deploy(serviceId)
    await this.until(`${name} runs`, () => this.whoRuns(id) !== '')
    return { serviceId, id }
  }

  /** Who runs it, by name: more than one when it runs twice. */
  whoRuns(instanceId: string): string {
    return [...this.#clusters.values()]
      .filter((cluster) => cluster.running.has(instanceId))
      .map(({ name }) => name)
      .join('+')
  }

  instance(id: string): Promise<DesiredInstance | undefined> {
    return this.store.read((reader) => reader.get(instances, id))
  }

  record(name: string): Promise<Cluster | undefined> {
    return this.store.read((reader) => reader.get(clusters, this.cluster(name).id))
  }

  /** The instance as the API shows it. */
  async seen(serviceId: string, number = 0): Promise<WireInstance> {
    return (await this.call('GET', `/api/service/${serviceId}/instance/${number}`)).json<WireInstance>()
  }

  /** The instances that a cluster is told of: to have, or (with a minus) to end. */
  async orders(name: string): Promise<readonly string[]> {
    const entries = await this.store.read((reader) => reader.list(outboxEntries, { index: 'childId', equals: this.cluster(name).id }))
    return entries
      .filter(({ item }) => item.kind === 'instance')
      .map(({ item, removed }) => `${removed ? '-' : ''}${item.id}`)
      .sort()
  }

  /** Lets virtual time pass until something is so. */
  async until(what: string, check: () => unknown, withinMs = 60_000): Promise<void> {
    for (let waitedMs = 0; waitedMs <= withinMs; waitedMs += STEP_MS) {
      if (await check()) return
      await this.clock.advance(STEP_MS)
    }
    throw new OakError('deadline-exceeded', `gave up after ${withinMs} virtual ms waiting until ${what}`)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopRoot()
    await this.#disposal[Symbol.asyncDispose]()
  }
}
