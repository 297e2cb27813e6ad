import { type Clock, OakError, type Random, silentLogger } from '@oakestra/base'
import type { InstanceSpec, NodeFacts, ObservedInstance } from '@oakestra/model'
import { type ChildSession, type ChildTransport, createChildSession, INBOX_COLLECTIONS, Inbox, inboxItems } from '@oakestra/session'
import { openSqliteStore, type Store } from '@oakestra/store'
import { gatewayItemId, instanceSpecSchema, interestItemId, overlaySubject, parseWire } from '@oakestra/wire'
import { factsOf } from './sample-spec.ts'

export interface FakeNodeOptions {
  readonly id: string
  readonly name: string
  readonly transport: ChildTransport
  readonly clock: Clock
  readonly random: Random
  readonly facts?: Partial<NodeFacts>
}

/** A node that runs everything it is given by saying so, and ends what it is not given any more. */
export class FakeNode {
  readonly id: string
  readonly name: string
  /** What it runs, with the spec it was given. */
  readonly running = new Map<string, InstanceSpec>()
  /** Services that it wants to know; `tellInterests` says so. */
  readonly interests = new Set<string>()
  /** Services that it was told to publish, and why it does not; absent: it does. */
  readonly #gateways = new Map<string, string | undefined>()
  /** While true it does not end what it should. */
  isStubborn = false
  facts: unknown
  readonly #options: FakeNodeOptions
  readonly #store: Store
  readonly #said = new Map<string, Partial<ObservedInstance>>()
  readonly #listeners = new Set<(id: string) => void>()
  #session: ChildSession | undefined

  static async create(options: FakeNodeOptions): Promise<FakeNode> {
    return new FakeNode(options, await openSqliteStore({ file: ':memory:', collections: [...INBOX_COLLECTIONS] }))
  }

  private constructor(options: FakeNodeOptions, store: Store) {
    this.#options = options
    this.id = options.id
    this.name = options.name
    this.facts = factsOf(options.name, options.facts)
    this.#store = store
    store.onCommit(() => void this.#obey())
  }

  get connected(): boolean {
    return this.#session?.connected ?? false
  }

  start(): void {
    const { transport, clock, random } = this.#options
    this.#session = createChildSession({
      transport,
      inbox: new Inbox(this.#store),
      facts: async () => this.facts,
      observed: {
        ids: async () => [
          ...this.running.keys(),
          ...[...this.interests].map(interestItemId),
          ...[...this.#gateways.keys()].map(gatewayItemId),
        ],
        get: async (id) => (overlaySubject(id) ? this.#ofOverlay(id) : this.#observed(id)),
        onChange: (listener) => {
          this.#listeners.add(listener)
          return () => void this.#listeners.delete(listener)
        },
      },
      onRequest: async (method) => {
        throw new OakError('not-supported', method)
      },
      clock,
      random,
      logger: silentLogger,
    })
  }

  factsChanged(): void {
    this.#session?.factsChanged()
  }

  /** The agent ends; what runs goes on. */
  async stop(): Promise<void> {
    await this.#session?.[Symbol.asyncDispose]()
    this.#session = undefined
  }

  /** What it says of an instance beside that it runs. */
  say(id: string, words: Partial<ObservedInstance>): void {
    this.#said.set(id, words)
    this.#tell(id)
  }

  /** Begins to want to know a service, or ceases to. */
  wantToKnow(serviceId: string, isWanted = true): void {
    if (isWanted) this.interests.add(serviceId)
    else this.interests.delete(serviceId)
    this.#tell(interestItemId(serviceId))
  }

  /** Says that it publishes a service, or why it does not; null: it is not to any more. */
  publishes(serviceId: string, fault?: string | null): void {
    if (fault === null) this.#gateways.delete(serviceId)
    else this.#gateways.set(serviceId, fault)
    this.#tell(gatewayItemId(serviceId))
  }

  /** What it is told of the overlay: bodies by item. */
  async told(): Promise<Readonly<Record<string, unknown>>> {
    const items = await this.#store.read((reader) => reader.list(inboxItems))
    return Object.fromEntries(items.filter(({ id }) => overlaySubject(id)).map(({ id, body }) => [id, body]))
  }

  /** How busy its machine is, in percent. */
  measure(cpuPercent: number): void {
    this.#session?.sendSamples({ cpuPercent, memoryPercent: 0, instances: {} })
  }

  /** A question to its cluster. */
  ask(method: string, params: unknown): Promise<unknown> {
    if (!this.#session) throw new Error('the node does not run')
    return this.#session.request(method, params, 60_000)
  }

  /** Ends what it was stubborn about. */
  async obey(): Promise<void> {
    this.isStubborn = false
    await this.#obey()
  }

  /** The machine is gone with all that was on it. */
  async dispose(): Promise<void> {
    await this.stop()
    await this.#store[Symbol.asyncDispose]()
  }

  async #obey(): Promise<void> {
    const items = await this.#store.read((reader) => reader.list(inboxItems, { index: 'kind', equals: 'instance' }))
    const wanted = new Map(items.map((item) => [item.id, parseWire(instanceSpecSchema, item.body, 'instance')]))
    for (const id of this.running.keys()) if (!wanted.has(id) && !this.isStubborn) this.#end(id)
    for (const [id, spec] of wanted) {
      this.running.set(id, spec)
      this.#tell(id)
    }
  }

  #end(id: string): void {
    this.running.delete(id)
    this.#said.delete(id)
    this.#tell(id)
  }

  #ofOverlay(id: string): unknown {
    const { kind, id: serviceId = '' } = overlaySubject(id) ?? {}
    const fault = this.#gateways.get(serviceId)
    if (kind === 'gateway' && this.#gateways.has(serviceId)) return { kind, serviceId, ...(fault !== undefined && { fault }) }
    return kind === 'interest' && this.interests.has(serviceId) ? { kind, serviceId } : undefined
  }

  #observed(instanceId: string): ObservedInstance | undefined {
    const spec = this.running.get(instanceId)
    if (!spec) return undefined
    const { revision, term } = spec
    const { id: nodeId, name: nodeName } = this
    return { instanceId, revision, term, state: 'running', detail: '', restarts: 0, nodeId, nodeName, ...this.#said.get(instanceId) }
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}
