import { type MetricFamily, OakError, toOakError } from '@oakestra/base'
import { type ControllerStatus, controllerMetrics } from '@oakestra/controller'
import type { ClusterFacts } from '@oakestra/model'
import { createJoinToken, joinTokens } from '@oakestra/pki'
import {
  type ChildSession,
  connectionMetric,
  createChildSession,
  createParentSessions,
  Gather,
  Inbox,
  jointSource,
  type Liveness,
  Outbox,
  type ParentSessions,
} from '@oakestra/session'
import type { Change } from '@oakestra/store'
import { LocalDesk } from './local/local-desk.ts'
import { Ordering } from './local/ordering.ts'
import { nodeMetrics } from './metrics/node-metrics.ts'
import { nodeHandlers } from './nodes/node-handlers.ts'
import { NodeKeeping } from './nodes/node-keeping.ts'
import { createNodeLiveness } from './nodes/node-liveness.ts'
import type { Cluster, ClusterOptions } from './options.ts'
import { Gateways } from './overlay/gateways.ts'
import { Overlay } from './overlay/overlay.ts'
import { Capacity } from './placement/capacity.ts'
import { Placing } from './placement/placing.ts'
import { aggregate } from './reports/aggregate.ts'
import { ClusterReports } from './reports/cluster-reports.ts'
import { FactsBoard } from './reports/facts-board.ts'
import { LogRelay } from './reports/log-relay.ts'
import { SampleBoard } from './reports/sample-board.ts'
import { rootRequests } from './root-requests.ts'
import { nodes, placements } from './state.ts'

const SAMPLES_GATHER = { firstMs: 500, spacingMs: 15_000 }

/** Starts a cluster orchestrator: connects to root, opens the door for nodes, and keeps every wanted instance on one of them. */
export async function createCluster(options: ClusterOptions): Promise<Cluster> {
  // Nothing is placed before it is known what is promised already.
  const capacity = new Capacity(options.store, options.cpuOvercommit, options.location)
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
  readonly #liveness: Liveness
  readonly #reports: ClusterReports
  readonly #placing: Placing
  readonly #nodes: NodeKeeping
  readonly #overlay: Overlay
  readonly #gateways: Gateways
  readonly #relay: LogRelay
  readonly #ordering: Ordering
  readonly local: LocalDesk
  readonly #samples: SampleBoard
  readonly #facts: FactsBoard
  readonly #sendSamples: Gather
  /** The newest document of root of which every instance has been looked at, so that slots contain it. */
  #accountedFor = 0
  #sessions: ParentSessions | undefined
  #root: ChildSession | undefined
  readonly #unsubscribe: () => void

  constructor(options: ClusterOptions, outbox: Outbox, capacity: Capacity) {
    const { store, clock, logger, rootTransport } = options
    this.#options = options
    this.#inbox = new Inbox(store)
    this.#outbox = outbox
    this.#capacity = capacity
    this.#liveness = createNodeLiveness(clock, (nodeId) => this.#nodeMoved(nodeId), options.liveness)
    this.#unsubscribe = store.onCommit((changes) => this.#committed(changes))
    this.#reports = new ClusterReports(store, (nodeId) => this.#liveness.presence(nodeId))
    const onFailure = (thrown: unknown) => logger.warn('could not tell root', { err: toOakError(thrown).message })
    const onFactsChanged = () => this.#root?.factsChanged()
    this.#facts = new FactsBoard({ clock, facts: () => this.#gatherFacts(), onChange: onFactsChanged, onFailure })
    this.#samples = new SampleBoard(() => this.#sendSamples.nudge())
    this.#sendSamples = new Gather(
      { clock, ...SAMPLES_GATHER },
      async () => this.#root?.sendSamples(this.#samples.takeSummary()),
      onFailure,
    )
    this.#nodes = this.#createNodeKeeping()
    this.#placing = this.#createPlacing()
    this.#overlay = this.#createOverlay()
    this.#gateways = new Gateways({ ...options, outbox })
    const sessions = () => this.#children()
    this.#relay = new LogRelay({ store, sessions, openStream: (id, signal) => rootTransport.openStream(id, signal), logger })
    this.#ordering = new Ordering({ ...options, inbox: this.#inbox, root: () => this.#root })
    this.local = this.#createLocalDesk()
  }

  get sessionPort(): number {
    return this.#children().port
  }

  get connected(): boolean {
    return this.#root?.connected ?? false
  }

  async start(): Promise<void> {
    await this.#placing.start()
    await this.#openDoor()
    this.#root = this.#connectToRoot()
    this.#ordering.start()
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
    return [this.#placing.status(), this.#nodes.status(), this.#overlay.status(), this.#gateways.status(), this.#ordering.status()]
  }

  async metrics(): Promise<readonly MetricFamily[]> {
    const { name } = this.#options
    const seen = this.#capacity.allNodes().map((node) => ({
      node,
      isHere: this.#liveness.isUnheard(node.id) ? undefined : this.#liveness.presence(node.id) === 'here',
      instances: this.#capacity.placementsOn(node.id).length,
      usage: this.#samples.of(node.id),
    }))
    const session = connectionMetric('cluster', this.connected)
    return [
      ...nodeMetrics(
        name,
        seen.filter(({ node }) => !node.removing),
      ),
      session,
      ...controllerMetrics('cluster', this.controllers()),
    ]
  }

  async idle(): Promise<void> {
    await this.#nodes.idle()
    await this.#placing.idle()
    await this.#overlay.idle()
    await this.#gateways.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    // Before the door is closed: that everybody goes then is no reason to decide anything.
    await this.#placing[Symbol.asyncDispose]()
    await this.#overlay[Symbol.asyncDispose]()
    await this.#gateways[Symbol.asyncDispose]()
    await this.#ordering[Symbol.asyncDispose]()
    await this.#nodes[Symbol.asyncDispose]()
    this.#facts.close()
    this.#sendSamples.close()
    this.#relay.close()
    await this.#root?.[Symbol.asyncDispose]()
    await this.#sessions?.[Symbol.asyncDispose]()
    this.#liveness.close()
  }

  #createLocalDesk(): LocalDesk {
    const offered = () => new Set(this.#capacity.allNodes().flatMap(({ facts }) => facts?.virtualizations ?? []))
    return new LocalDesk({
      ...this.#options,
      runtimes: offered,
      reports: this.#reports,
      nodes: this.#nodes.operations,
      openLogs: (request) => this.#relay.open(request),
    })
  }

  #createNodeKeeping(): NodeKeeping {
    const { store, ids, clock, random, logger } = this.#options
    return new NodeKeeping({
      store,
      outbox: this.#outbox,
      capacity: this.#capacity,
      liveness: this.#liveness,
      usageOf: (nodeId) => this.#samples.of(nodeId),
      onChanged: (nodeId) => this.#nodeMoved(nodeId),
      onDropped: (nodeId) => this.#sessions?.disconnect(nodeId, 'this node was removed from the cluster'),
      ids,
      clock,
      random,
      logger,
    })
  }

  #createPlacing(): Placing {
    const { store, policy, knownAreas, chooser, clock, random, logger } = this.#options
    return new Placing({
      store,
      outbox: this.#outbox,
      capacity: this.#capacity,
      liveness: this.#liveness,
      reports: this.#reports,
      policy,
      ...(knownAreas && { knownAreas }),
      ...(chooser && { chooser }),
      onAbreast: () => this.#facts.nudge(),
      clock,
      random,
      logger,
    })
  }

  #createOverlay(): Overlay {
    return new Overlay({
      ...this.#options,
      outbox: this.#outbox,
      presence: (nodeId) => this.#liveness.presence(nodeId),
      busy: (nodeId) => this.#samples.of(nodeId)?.cpuPercent,
      askRoot: async (method, params, timeoutMs) => {
        if (!this.#root) throw new OakError('unavailable', 'the cluster is not connected to root')
        return this.#root.request(method, params, timeoutMs)
      },
    })
  }

  async #openDoor(): Promise<void> {
    const { store, authority, nodeTransport, clock, logger } = this.#options
    const { registry } = this.#nodes
    this.#sessions = await createParentSessions({
      transport: nodeTransport,
      store,
      outbox: this.#outbox,
      handlers: nodeHandlers({
        registry,
        liveness: this.#liveness,
        samples: this.#samples,
        placing: this.#placing,
        overlay: this.#overlay,
        logger,
      }),
      authority,
      admission: {
        isWelcome: (nodeId) => registry.isWelcome(nodeId),
        enlist: (writer, { name }) => registry.enlist(writer, name),
      },
      clock,
      logger,
    })
  }

  #connectToRoot(): ChildSession {
    const { rootTransport, renewable, clock, random, logger } = this.#options
    return createChildSession({
      transport: rootTransport,
      inbox: this.#inbox,
      facts: () => {
        this.#ordering.rootMayBeHere()
        return this.#facts.take()
      },
      observed: jointSource(this.#reports, this.#overlay.reports, this.#gateways.reports),
      onRequest: rootRequests({
        nodes: this.#nodes.operations,
        openLogs: (params) => this.#relay.start(params),
        placing: this.#placing,
        createNodeToken: (validMs) => this.createNodeToken(validMs),
      }),
      ...(renewable && { renewable }),
      clock,
      random,
      logger,
    })
  }

  #children(): ParentSessions {
    if (!this.#sessions) throw new OakError('unavailable', 'the cluster is not ready yet')
    return this.#sessions
  }

  /** A node came, went, or an operator changed what it is for. */
  #nodeMoved(nodeId: string): void {
    this.#nodes.nodeMoved(nodeId)
    this.#placing.nodeMoved(nodeId)
    this.#overlay.nodeMoved(nodeId)
    this.#facts.nudge()
  }

  #committed(changes: readonly Change[]): void {
    this.#placing.committed(changes)
    this.#nodes.committed(changes)
    this.#overlay.committed(changes)
    this.#gateways.committed(changes)
    this.#ordering.committed(changes)
    if (changes.some(({ collection }) => collection === placements.name || collection === nodes.name)) this.#facts.nudge()
  }

  async #gatherFacts(): Promise<ClusterFacts> {
    const { name, location, apiPort } = this.#options
    const generation = (await this.#inbox.head())?.generation ?? 0
    if (this.#placing.isAbreast) this.#accountedFor = generation
    const isHere = (nodeId: string) => this.#liveness.presence(nodeId) === 'here'
    return aggregate({
      name,
      location,
      apiPort: apiPort(),
      asOfGeneration: this.#accountedFor,
      nodes: this.#capacity.allNodes().filter(({ removing }) => !removing),
      candidates: this.#capacity.candidates({ isHere }),
      presence: { isHere, isUnheard: (nodeId) => this.#liveness.isUnheard(nodeId) },
      samplesOf: (nodeId) => this.#samples.of(nodeId),
    })
  }
}
