import { type Clock, OakError, type Random, silentLogger } from '@oakestra/base'
import type { ClusterFacts, GeoPoint, InstanceSpec, ObservedInstance } from '@oakestra/model'
import { type ChildSession, type ChildTransport, createChildSession, INBOX_COLLECTIONS, Inbox, inboxItems } from '@oakestra/session'
import { openSqliteStore, type Store } from '@oakestra/store'
import { instanceSpecSchema, parseWire } from '@oakestra/wire'

export interface FakeClusterOptions {
  readonly id: string
  readonly name: string
  readonly transport: () => ChildTransport
  readonly clock: Clock
  readonly random: Random
  readonly memoryMiB: number
}

/** A cluster that runs everything it is given by saying so, and ends what it is not given any more. */
export class FakeCluster {
  readonly id: string
  readonly name: string
  /** What it runs, with the spec it was given. */
  readonly running = new Map<string, InstanceSpec>()
  /** What root asked of it. */
  readonly requests: { readonly method: string; readonly params: unknown }[] = []
  /** While true it does not end what it should. */
  isStubborn = false
  /** What it says of itself instead of the truth. */
  nonsense: unknown
  #memoryMiB: number
  #place: GeoPoint | undefined
  readonly #options: FakeClusterOptions
  readonly #store: Store
  readonly #said = new Map<string, Partial<ObservedInstance>>()
  readonly #listeners = new Set<(id: string) => void>()
  #session: ChildSession | undefined

  static async create(options: FakeClusterOptions): Promise<FakeCluster> {
    return new FakeCluster(options, await openSqliteStore({ file: ':memory:', collections: [...INBOX_COLLECTIONS] }))
  }

  private constructor(options: FakeClusterOptions, store: Store) {
    this.#options = options
    this.id = options.id
    this.name = options.name
    this.#memoryMiB = options.memoryMiB
    this.#store = store
    store.onCommit(() => void this.#obey())
  }

  get connected(): boolean {
    return this.#session?.connected ?? false
  }

  start(): void {
    const { transport, clock, random } = this.#options
    this.#session = createChildSession({
      transport: transport(),
      inbox: new Inbox(this.#store),
      facts: async () => this.#factsNow(),
      observed: {
        ids: async () => [...this.running.keys()],
        get: async (id) => this.#observed(id),
        onChange: (listener) => {
          this.#listeners.add(listener)
          return () => void this.#listeners.delete(listener)
        },
      },
      onRequest: async (method, params) => {
        this.requests.push({ method, params })
        if (method === 'nodes.remove') throw new OakError('not-found', 'this cluster has no such node')
        return {}
      },
      clock,
      random,
      logger: silentLogger,
    })
  }

  /** The process ends; what runs goes on. */
  async stop(): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]()
    this.#session = undefined
  }

  /** Has more or less memory from now on, and tells. */
  resize(memoryMiB: number): void {
    this.#memoryMiB = memoryMiB
    this.#session?.factsChanged()
  }

  /** Says where it is from now on. */
  settle(place: GeoPoint): void {
    this.#place = place
    this.#session?.factsChanged()
  }

  sayNonsense(nonsense: unknown): void {
    this.nonsense = nonsense
    this.#session?.factsChanged()
  }

  /** What it says of an instance beside that it runs. */
  say(id: string, words: Partial<ObservedInstance>): void {
    this.#said.set(id, words)
    this.#tellOf(id)
  }

  /** Claims to run what it was not given. */
  pretend(id: string): void {
    this.#said.set(id, { state: 'failed', detail: 'a lie' })
    this.#tellOf(id)
  }

  /** Asks root for something. */
  ask(method: string, params: unknown): Promise<unknown> {
    if (!this.#session) throw new Error('this cluster does not run')
    return this.#session.request(method, params, 60_000)
  }

  /** The item of its document with this id. */
  async item(id: string): Promise<unknown> {
    return (await this.#store.read((reader) => reader.get(inboxItems, id)))?.body
  }

  /** Ends what it was stubborn about. */
  async obey(): Promise<void> {
    this.isStubborn = false
    await this.#obey()
  }

  async dispose(): Promise<void> {
    await this.stop()
    await this.#store[Symbol.asyncDispose]()
  }

  async #factsNow(): Promise<unknown> {
    if (this.nonsense !== undefined) return this.nonsense
    const head = await new Inbox(this.#store).head()
    const promised = [...this.running.values()].reduce((sum, { resources }) => sum + resources.memoryMiB, 0)
    const areas = this.#place && { areas: [{ ...this.#place, radiusKm: 0 }] }
    return { ...factsOf(this.name, this.#memoryMiB - promised), ...areas, asOfGeneration: head?.generation ?? 0 }
  }

  async #obey(): Promise<void> {
    const items = await this.#store.read((reader) => reader.list(inboxItems, { index: 'kind', equals: 'instance' }))
    const wanted = new Map(items.map((item) => [item.id, parseWire(instanceSpecSchema, item.body, 'instance')]))
    for (const id of this.running.keys()) {
      if (wanted.has(id) || this.isStubborn) continue
      this.running.delete(id)
      this.#said.delete(id)
      this.#tellOf(id)
    }
    for (const [id, spec] of wanted) {
      this.running.set(id, spec)
      this.#tellOf(id)
    }
    this.#session?.factsChanged()
  }

  #observed(instanceId: string): ObservedInstance | undefined {
    const spec = this.running.get(instanceId)
    const said = this.#said.get(instanceId)
    if (!spec && !said) return undefined
    const { revision, term, restartsAsked = 0 } = spec ?? { revision: 1, term: 0 }
    const restarted = restartsAsked > 0 && { restarts: restartsAsked, restartsAsked }
    return { instanceId, revision, term, state: 'running', detail: '', restarts: 0, nodeId: 'n', ...restarted, ...said }
  }

  #tellOf(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}

/** A cluster of one node. */
export function factsOf(name: string, memoryMiB: number): ClusterFacts {
  const slot = {
    architecture: 'amd64',
    virtualizations: ['container'],
    vcpusTotal: 4,
    vcpusFree: 64,
    memoryFreeMiB: memoryMiB,
    vgpusFree: 0,
    storageFreeMiB: 10_000,
  }
  return {
    name,
    location: '',
    activeNodes: 1,
    vcpusTotal: 4,
    memoryTotalMiB: memoryMiB,
    memoryFreeMiB: memoryMiB,
    vgpusTotal: 0,
    cpuPercent: 0,
    memoryPercent: 0,
    virtualizations: ['container'],
    slots: [slot],
    asOfGeneration: 0,
    apiPort: 10_100,
  }
}
