import { type Clock, type IdGenerator, type Logger, type MetricFamily, OakError, type Random } from '@oakestra/base'
import { type Controller, type ControllerStatus, controllerMetrics, createController } from '@oakestra/controller'
import type { Cluster, GeoPoint } from '@oakestra/model'
import { type Authority, createJoinToken, joinTokens } from '@oakestra/pki'
import type { PolicyName } from '@oakestra/scheduler'
import {
  createParentSessions,
  OUTBOX_COLLECTIONS,
  Outbox,
  type ParentHandlers,
  type ParentSessions,
  type ParentTransport,
} from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { RESOLVE_METHOD } from '@oakestra/wire'
import type { FastifyInstance } from 'fastify'
import type { Accounts } from './accounts/accounts.ts'
import type { Actor } from './accounts/actor.ts'
import { createRootApi } from './api/create-root-api.ts'
import type { ApiExtension, RootApiDeps } from './api/deps.ts'
import type { AlertSource } from './events/alert-news.ts'
import { RecordingStore } from './events/recording-store.ts'
import { type Hooks, openHooks } from './hooks/open-hooks.ts'
import { Isolation } from './isolation/isolation.ts'
import { clusterMetrics } from './metrics/cluster-metrics.ts'
import { InstanceTally } from './metrics/instance-tally.ts'
import { OrderDesk } from './orders/order-desk.ts'
import { Gateways } from './overlay/gateways.ts'
import { Overlay } from './overlay/overlay.ts'
import type { Chooser } from './placement/chooser.ts'
import { createMoves } from './placement/moves.ts'
import { Placing } from './placement/placing.ts'
import { ServiceReconciler } from './services-control/service-reconciler.ts'
import { clusterHandlers } from './session/cluster-handlers.ts'
import type { ClusterPatience } from './session/cluster-liveness.ts'
import { type ClusterGuard, ClusterRegistry } from './session/cluster-registry.ts'
import { type ClusterRequests, createClusterRequests } from './session/cluster-requests.ts'
import { LoadHistory } from './session/load-history.ts'
import { listNodes } from './session/node-views.ts'
import { createSessionLogSource } from './session/session-log-source.ts'
import { UsageHistory } from './session/usage-history.ts'
import { instances, ROOT_COLLECTIONS, reports, services } from './state/collections.ts'
import { createAskClusters } from './unclaimed/ask-clusters.ts'
import { createUnclaimedDesk } from './unclaimed/unclaimed-desk.ts'
import type { UnknownDeps } from './unclaimed/unknown-deps.ts'

const RESYNC_MS = 60_000
const JOIN_TOKEN_VALID_MS = 24 * 3_600_000

/** Every collection that root's store holds. */
export const ROOT_STORE_COLLECTIONS = [...ROOT_COLLECTIONS, ...OUTBOX_COLLECTIONS, joinTokens] as const

export interface RootOptions {
  readonly version: string
  readonly store: Store
  readonly accounts: Accounts
  /** The door for clusters. */
  readonly clusterTransport: ParentTransport
  readonly authority: Authority
  /** `host:port` under which clusters reach this root, for join tokens. */
  readonly clusterAddresses: (port: number) => readonly string[]
  readonly policy: PolicyName
  /** Chooses clusters instead of the policy, for example an external scheduler. Its choice is checked like the policy's own. */
  readonly chooser?: Chooser
  /** Places to which constraints may refer by name. */
  readonly areas?: Readonly<Record<string, GeoPoint>>
  /** How long clusters are waited for; for tests and unusual links. */
  readonly liveness?: ClusterPatience
  readonly swaggerUiStaticDir?: string
  /** Routes of the process around it. */
  readonly apiExtension?: ApiExtension
  /** What the process around it knows of alerts, for streams of events. */
  readonly alerts?: AlertSource
  /** Origins of pages that may call the API: `same-host` when absent, `*` for any. */
  readonly origins?: readonly string[]
  readonly clock: Clock
  readonly ids: IdGenerator
  readonly random: Random
  readonly logger: Logger
}

/** A running root orchestrator. Its API is built but listens nowhere until the owner says where. */
export interface Root extends AsyncDisposable {
  readonly api: FastifyInstance
  readonly sessionPort: number
  connectedClusters(): ReadonlySet<string>
  /** How many nodes are ready for work, as far as their clusters told. */
  activeNodes(): number
  /** A token with which one cluster may join under this name. */
  createClusterToken(name: string): Promise<string>
  controllers(): readonly ControllerStatus[]
  /** What it knows of itself, its clusters and the instances of everybody, as numbers. */
  metrics(): Promise<readonly MetricFamily[]>
  idle(): Promise<void>
}

/** Starts a root orchestrator: opens the door for clusters and keeps every desired instance in one of them. */
export async function createRoot(options: RootOptions): Promise<Root> {
  const { ids, chooser, areas, liveness } = options
  const store = await RecordingStore.open(options)
  const hooks = await openHooks({ ...options, store: store.beneath })
  store.putBeneath(hooks.store)
  const outbox = await Outbox.open(store, ids)
  const placing = await Placing.open({
    ...options,
    store: store.as({ kind: 'system', name: 'placement' }),
    outbox,
    onRemoved: (clusterId) => orchestrator.dismiss(clusterId),
    ...(chooser && { chooser }),
    ...(areas && { knownAreas: areas }),
    ...(liveness && { patience: liveness }),
  })
  const orchestrator = new Orchestrator({ ...options, store, hooks }, outbox, placing)
  await orchestrator.start()
  return orchestrator
}

interface OrchestratorOptions extends RootOptions {
  readonly store: RecordingStore
  readonly hooks: Hooks
}

class Orchestrator implements Root {
  readonly #options: OrchestratorOptions
  readonly #outbox: Outbox
  readonly #placing: Placing
  readonly #registry: ClusterRegistry
  readonly #requests: ClusterRequests
  readonly #usage: UsageHistory
  readonly #loads: LoadHistory
  readonly #tally: InstanceTally
  readonly #overlay: Overlay
  readonly #gateways: Gateways
  readonly #isolation: Isolation
  readonly #services: Controller
  readonly #serviceReconciler: ServiceReconciler
  #sessions: ParentSessions | undefined
  #api: FastifyInstance | undefined
  readonly #unsubscribe: () => void

  constructor(options: OrchestratorOptions, outbox: Outbox, placing: Placing) {
    const { store, clock, random, logger, ids } = options
    const connected = () => this.connectedClusters()
    this.#options = options
    this.#outbox = outbox
    this.#placing = placing
    this.#unsubscribe = store.onCommit((changes) => this.#committed(changes))
    this.#usage = new UsageHistory(clock)
    this.#loads = new LoadHistory(clock)
    this.#tally = new InstanceTally(store)
    this.#overlay = new Overlay({ ...options, outbox, placed: (serviceId) => placing.peers.count(serviceId) })
    this.#gateways = new Gateways({ ...options, outbox })
    const onInstances = (instanceIds: readonly string[]) => placing.nudgeInstances(instanceIds)
    this.#isolation = new Isolation({ ...options, store: store.as({ kind: 'system', name: 'isolation' }), onInstances })
    this.#registry = new ClusterRegistry({ store, room: placing.room, ids, clock, connected })
    this.#requests = createClusterRequests(store, () => this.#children())
    const control = { clock, random, logger, resyncMs: RESYNC_MS, backoff: { firstMs: 100, maxMs: 30_000 } }
    const servicesStore = store.as({ kind: 'system', name: 'services' })
    this.#serviceReconciler = new ServiceReconciler({ store: servicesStore, connected, clock, ids, logger })
    this.#services = createController({ ...control, name: 'services', reconciler: this.#serviceReconciler, concurrency: 1 })
  }

  get api(): FastifyInstance {
    if (!this.#api) throw new OakError('unavailable', 'root is not ready yet')
    return this.#api
  }

  get sessionPort(): number {
    return this.#children().port
  }

  async start(): Promise<void> {
    const { store, authority, clusterTransport, clock, logger } = this.#options
    this.#sessions = await createParentSessions({
      transport: clusterTransport,
      store,
      outbox: this.#outbox,
      handlers: this.#handlers(),
      authority,
      admission: {
        isWelcome: (clusterId) => this.#registry.isWelcome(clusterId),
        enlist: (writer, { name }) => this.#registry.enlist(writer, name),
      },
      clock,
      logger,
    })
    this.#api = await createRootApi(this.#apiDeps())
    this.#placing.nudgeAll()
    this.#services.nudgeAll()
  }

  connectedClusters(): ReadonlySet<string> {
    return this.#sessions?.connected() ?? new Set()
  }

  activeNodes(): number {
    return this.#placing.room.activeNodes()
  }

  async createClusterToken(name: string): Promise<string> {
    const { authority, clock, clusterAddresses, ids, store } = this.#options
    const addresses = clusterAddresses(this.sessionPort)
    const expiresAtMs = clock.wallMs() + JOIN_TOKEN_VALID_MS
    const { token, record } = createJoinToken({ kind: 'cluster', caHash: authority.caHash, addresses, expiresAtMs, name }, ids)
    await store.write((writer) => writer.put(joinTokens, record))
    return token
  }

  controllers(): readonly ControllerStatus[] {
    return [
      this.#options.hooks.status(),
      this.#services.status(),
      ...this.#placing.controllers(),
      this.#overlay.status(),
      this.#gateways.status(),
      this.#isolation.status(),
    ]
  }

  async metrics(): Promise<readonly MetricFamily[]> {
    const { liveness } = this.#placing
    const presence = { connected: this.connectedClusters(), isUnheard: (clusterId: string) => liveness.isUnheard(clusterId) }
    const clusters = await clusterMetrics(this.#options.store, presence)
    return [...clusters, ...(await this.#tally.metrics()), ...controllerMetrics('root', this.controllers())]
  }

  async idle(): Promise<void> {
    await this.#isolation.idle()
    await this.#services.idle()
    await this.#placing.idle()
    await this.#overlay.idle()
    await this.#gateways.idle()
    await this.#options.hooks.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    this.#options.store.log.close()
    this.#placing.close()
    await this.#api?.close()
    await this.#sessions?.[Symbol.asyncDispose]()
    await this.#services[Symbol.asyncDispose]()
    await this.#placing[Symbol.asyncDispose]()
    await this.#overlay[Symbol.asyncDispose]()
    await this.#gateways[Symbol.asyncDispose]()
    await this.#isolation[Symbol.asyncDispose]()
    await this.#options.hooks[Symbol.asyncDispose]()
  }

  /** Ends the connection of a cluster that was removed. */
  dismiss(clusterId: string): void {
    this.#sessions?.disconnect(clusterId, 'this cluster was removed from root')
  }

  #children(): ParentSessions {
    if (!this.#sessions) throw new OakError('unavailable', 'root is not ready yet')
    return this.#sessions
  }

  #handlers(): ParentHandlers {
    const { logger } = this.#options
    const orders = new OrderDesk({ ...this.#options, outbox: this.#outbox, stage: (instance) => this.#placing.placer.stage(instance) })
    const handlers = clusterHandlers({
      registry: this.#registry,
      unknown: this.#unknown(),
      liveness: this.#placing.liveness,
      troubles: this.#placing.troubles,
      usage: this.#usage,
      loads: this.#loads,
      connected: () => this.connectedClusters(),
      logger,
    })
    return {
      ...handlers,
      onRequest: (clusterId, method, params) =>
        method === RESOLVE_METHOD ? this.#overlay.resolve(params) : orders.answer(clusterId, method, params),
    }
  }

  #unknown(): UnknownDeps {
    const { ids, clock, logger } = this.#options
    return { outbox: this.#outbox, stage: (instance) => this.#placing.placer.stage(instance), ids, clock, logger }
  }

  #apiDeps(): RootApiDeps {
    const { store, clock, ids, logger, accounts, version, swaggerUiStaticDir, origins, apiExtension, alerts } = this.#options
    const { liveness, placer } = this.#placing
    return {
      store,
      events: store.log,
      hooks: this.#options.hooks.before,
      clock,
      ids,
      logger,
      accounts,
      logs: createSessionLogSource(store, () => this.#children()),
      usage: (instanceId) => this.#usage.of(instanceId),
      samples: (sinceMs) => this.#usage.since(sinceMs),
      loads: (sinceMs) => this.#loads.since(sinceMs),
      connectedClusters: () => this.connectedClusters(),
      presence: liveness,
      joinTokens: {
        forCluster: (name) => this.createClusterToken(name),
        forNode: (clusterId) => this.#requests.nodeToken(clusterId),
      },
      clusters: {
        setStanding: (actor, clusterId, standing, guard) => this.#registry.setStanding(actor, clusterId, standing, guard),
        remove: (actor, clusterId, guard) => this.#removeCluster(actor, clusterId, guard),
      },
      nodes: {
        list: (clusterId) => listNodes(store, this.#children(), logger, clusterId),
        change: (clusterId, change) => this.#requests.changeNode(clusterId, change),
        remove: (clusterId, removal) => this.#requests.removeNode(clusterId, removal),
      },
      moves: createMoves({ store, placer, requests: this.#requests }),
      unclaimed: createUnclaimedDesk(
        store,
        this.#unknown(),
        createAskClusters(() => this.#children(), logger),
      ),
      version,
      ...(swaggerUiStaticDir !== undefined && { swaggerUiStaticDir }),
      ...(apiExtension && { extension: apiExtension }),
      ...(alerts && { alerts }),
      ...(origins && { origins }),
    }
  }

  async #removeCluster(actor: Actor, clusterId: string, guard?: ClusterGuard): Promise<Cluster> {
    const cluster = await this.#registry.beginRemoval(actor, clusterId, guard)
    this.#options.logger.info('a cluster is being removed', { cluster: clusterId })
    this.#placing.nudgeInstancesOf(clusterId)
    return cluster
  }

  #committed(changes: readonly Change[]): void {
    this.#tally.committed(changes)
    this.#overlay.committed(changes)
    this.#gateways.committed(changes)
    this.#isolation.committed(changes)
    for (const { collection, key, kind } of changes) {
      if (collection === instances.name && kind === 'remove') this.#usage.forget(key)
      else if (collection === reports.name) this.#reportChanged(key)
      else if (collection === services.name) this.#services.nudge(key)
    }
  }

  #reportChanged(instanceId: string): void {
    const serviceId = this.#serviceReconciler.waitingFor(instanceId)
    if (serviceId !== undefined) this.#services.nudge(serviceId)
  }
}
