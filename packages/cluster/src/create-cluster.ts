import { type Clock, type IdGenerator, type Logger, OakError, type Random, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import type { ClusterFacts } from '@oakestra/model'
import { type Authority, createJoinToken, joinTokens } from '@oakestra/pki'
import type { PolicyName } from '@oakestra/scheduler'
import {
  type ChildSession,
  type ChildTransport,
  createChildSession,
  createParentSessions,
  Gather,
  Inbox,
  inboxItems,
  Outbox,
  outboxEntries,
  type ParentHandlers,
  type ParentSessions,
  type ParentTransport,
  type Renewable,
  takeObserved,
} from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { nodeTokenRequestSchema, parseWire, type Samples, samplesSchema } from '@oakestra/wire'
import { aggregate } from './aggregate.ts'
import { Capacity } from './capacity.ts'
import { ClusterReports, instanceRecords } from './cluster-reports.ts'
import { LogRelay } from './log-relay.ts'
import { NodeReconciler } from './node-reconciler.ts'
import { NodeRegistry } from './node-registry.ts'
import { PlacementReconciler } from './placement-reconciler.ts'
import { nodeReports, nodes } from './state.ts'

const RESYNC_MS = 60_000
// Placements are transactions of one store and run one after another; more at once would only wait.
const CONCURRENCY = 4
// Root decides better with fresh numbers, but a burst of placements is one piece of news.
const FACTS_GATHER = { firstMs: 10, spacingMs: 100 }
const SAMPLES_GATHER = { firstMs: 500, spacingMs: 15_000 }

export interface ClusterOptions {
  readonly id: string
  readonly name: string
  readonly location: string
  readonly version: string
  readonly store: Store
  /** The way to root. */
  readonly rootTransport: ChildTransport
  /** Its own certificate at root. */
  readonly renewable?: Renewable
  /** The door for nodes. */
  readonly nodeTransport: ParentTransport
  readonly authority: Authority
  /** `host:port` under which nodes reach this cluster, for join tokens. */
  readonly nodeAddresses: (port: number) => readonly string[]
  readonly apiPort: () => number
  readonly policy: PolicyName
  readonly cpuOvercommit: number
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly random: Random
  readonly logger: Logger
}

/** A running cluster orchestrator. */
export interface Cluster extends AsyncDisposable {
  readonly sessionPort: number
  readonly connected: boolean
  connectedNodes(): ReadonlySet<string>
  /** A token with which one node may join. @param name the name it gets, whatever it calls itself */
  createNodeToken(validMs: number, name?: string): Promise<string>
  controllers(): readonly ControllerStatus[]
  idle(): Promise<void>
}

/** Starts a cluster orchestrator: connects to root, opens the door for nodes, and keeps every wanted instance on one of them. */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  // Nothing is placed before it is known what is promised already.
  const capacity = new Capacity(options.cpuOvercommit)
  await options.store.read((reader) => capacity.load(reader))
  const orchestrator = new Orchestrator(options, await Outbox.open(options.store, options.ids), capacity)
  await orchestrator.start()
  return orchestrator
}

class Orchestrator implements Cluster {
  readonly #options: ClusterOptions
  readonly #inbox: Inbox
  readonly #outbox: Outbox
  readonly #capacity: Capacity
  readonly #reports: ClusterReports
  readonly #registry: NodeRegistry
  readonly #placements: Controller
  readonly #nodeControl: Controller
  readonly #relay: LogRelay
  readonly #samples = new Map<string, Samples>()
  readonly #sendFacts: Gather
  readonly #sendSamples: Gather
  #sessions: ParentSessions | undefined
  #root: ChildSession | undefined
  readonly #unsubscribe: () => void

  constructor(options: ClusterOptions, outbox: Outbox, capacity: Capacity) {
    const { store, clock, random, logger, ids } = options
    const connected = () => this.connectedNodes()
    this.#options = options
    this.#inbox = new Inbox(store)
    this.#outbox = outbox
    this.#capacity = capacity
    this.#unsubscribe = store.onCommit((changes) => this.#committed(changes))
    this.#reports = new ClusterReports(store)
    this.#registry = new NodeRegistry({ store, capacity: this.#capacity, ids, clock, connected })
    const shared = { store, outbox: this.#outbox, capacity: this.#capacity }
    const placing = new PlacementReconciler({ ...shared, reports: this.#reports, connected, policy: options.policy })
    const control = { clock, random, logger, resyncMs: RESYNC_MS, backoff: { firstMs: 100, maxMs: 30_000 } }
    this.#placements = createController({ ...control, name: 'placements', reconciler: placing, concurrency: CONCURRENCY })
    this.#nodeControl = createController({ ...control, name: 'nodes', reconciler: new NodeReconciler(shared), concurrency: 1 })
    this.#relay = new LogRelay({
      store,
      sessions: () => this.#children(),
      openStream: (id, signal) => options.rootTransport.openStream(id, signal),
      logger,
    })
    const onFailure = (thrown: unknown) => logger.warn('could not tell root', { err: toOakError(thrown).message })
    this.#sendFacts = new Gather({ clock, ...FACTS_GATHER }, async () => this.#root?.factsChanged(), onFailure)
    this.#sendSamples = new Gather({ clock, ...SAMPLES_GATHER }, async () => this.#root?.sendSamples(this.#summary()), onFailure)
  }

  get sessionPort(): number {
    return this.#children().port
  }

  get connected(): boolean {
    return this.#root?.connected ?? false
  }

  async start(): Promise<void> {
    const { store, authority, nodeTransport, rootTransport, renewable, clock, random, logger } = this.#options
    this.#sessions = await createParentSessions({
      transport: nodeTransport,
      store,
      outbox: this.#outbox,
      handlers: this.#handlers(),
      authority,
      admission: {
        isWelcome: (nodeId) => this.#registry.isWelcome(nodeId),
        enlist: (writer, { name }) => this.#registry.enlist(writer, name),
      },
      clock,
      logger,
    })
    this.#root = createChildSession({
      transport: rootTransport,
      inbox: this.#inbox,
      facts: () => this.#facts(),
      observed: this.#reports,
      onRequest: (method, params) => this.#answer(method, params),
      ...(renewable && { renewable }),
      clock,
      random,
      logger,
    })
    this.#placements.nudgeAll()
    this.#nodeControl.nudgeAll()
  }

  connectedNodes(): ReadonlySet<string> {
    return this.#sessions?.connected() ?? new Set()
  }

  async createNodeToken(validMs: number, name?: string): Promise<string> {
    const { authority, clock, ids, nodeAddresses, store } = this.#options
    const wish = {
      kind: 'node',
      caHash: authority.caHash,
      addresses: nodeAddresses(this.sessionPort),
      expiresAtMs: clock.wallMs() + validMs,
      ...(name !== undefined && { name }),
    } as const
    const { token, record } = createJoinToken(wish, ids)
    await store.write((writer) => writer.put(joinTokens, record))
    return token
  }

  controllers(): readonly ControllerStatus[] {
    return [this.#placements.status(), this.#nodeControl.status()]
  }

  async idle(): Promise<void> {
    await this.#nodeControl.idle()
    await this.#placements.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#sendFacts.close()
    this.#sendSamples.close()
    this.#relay.close()
    await this.#root?.[Symbol.asyncDispose]()
    await this.#sessions?.[Symbol.asyncDispose]()
    await this.#placements[Symbol.asyncDispose]()
    await this.#nodeControl[Symbol.asyncDispose]()
  }

  #children(): ParentSessions {
    if (!this.#sessions) throw new OakError('unavailable', 'the cluster is not ready yet')
    return this.#sessions
  }

  #handlers(): ParentHandlers {
    return {
      onConnected: async (nodeId, value, address) => {
        await this.#registry.noteFacts(nodeId, value)
        this.#options.logger.info('a node is connected', { node: nodeId, address })
        this.#nodesChanged(nodeId)
      },
      onDisconnected: (nodeId, { reason }) => {
        this.#options.logger.warn('a node is gone', { node: nodeId, reason })
        this.#samples.delete(nodeId)
        this.#nodesChanged(nodeId)
        this.#registry.noteGone(nodeId).catch((thrown) => this.#options.logger.debug('no note of it', { err: toOakError(thrown).message }))
      },
      onFacts: (nodeId, value) => this.#registry.noteFacts(nodeId, value),
      onObserved: (writer, nodeId, report) => takeObserved(writer, instanceRecords, nodeId, report),
      onSamples: (nodeId, body) => {
        this.#samples.set(nodeId, parseWire(samplesSchema, body, 'samples'))
        this.#sendSamples.nudge()
      },
      onRequest: async (_nodeId, method) => {
        throw new OakError('not-supported', `a cluster does not answer ${method}`)
      },
    }
  }

  /** A node came, went or changed: there may be room for what was refused. */
  #nodesChanged(nodeId: string): void {
    this.#nodeControl.nudge(nodeId)
    this.#placements.nudgeAll()
    this.#sendFacts.nudge()
  }

  #committed(changes: readonly Change[]): void {
    const roomMoved = this.#capacity.committed(changes)
    if (roomMoved) this.#sendFacts.nudge()
    for (const { collection, key, kind } of changes) {
      if (collection === inboxItems.name && key === 'addressing') this.#nodeControl.nudgeAll()
      else if (collection === inboxItems.name || collection === nodeReports.name) this.#placements.nudge(key)
      else if (collection === outboxEntries.name && kind === 'remove') this.#placements.nudge(key.split(' ')[1] ?? '')
      else if (collection === nodes.name) this.#nodeControl.nudge(key)
    }
    if (roomMoved && changes.some(({ kind }) => kind === 'remove')) this.#nudgeRefused()
  }

  /** Room became free. */
  #nudgeRefused(): void {
    for (const id of this.#reports.refused()) this.#placements.nudge(id)
  }

  async #facts(): Promise<ClusterFacts> {
    const { name, location, apiPort } = this.#options
    return aggregate({
      name,
      location,
      apiPort: apiPort(),
      asOfGeneration: (await this.#inbox.head())?.generation ?? 0,
      nodes: await this.#registry.all(),
      candidates: this.#capacity.candidates(this.connectedNodes()),
      samples: this.#samples,
    })
  }

  /** The measurements of all nodes as one. */
  #summary(): Samples {
    const samples = [...this.#samples.values()]
    const mean = (of: (sample: Samples) => number) =>
      samples.length === 0 ? 0 : samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length
    return {
      cpuPercent: mean((sample) => sample.cpuPercent),
      memoryPercent: mean((sample) => sample.memoryPercent),
      instances: Object.assign({}, ...samples.map((sample) => sample.instances)),
    }
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    switch (method) {
      case 'logs.open':
        return this.#relay.start(params)
      case 'nodes.list':
        return this.#registry.views((nodeId) => this.#samples.get(nodeId))
      case 'nodes.token':
        return this.createNodeToken(parseWire(nodeTokenRequestSchema, params, 'token request').validMs)
      default:
        throw new OakError('not-supported', `a cluster does not answer ${method}`)
    }
  }
}
