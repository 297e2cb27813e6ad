import { type Clock, type IdGenerator, type Logger, OakError, type Random, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { type Authority, createJoinToken, joinTokens } from '@oakestra/pki'
import type { PolicyName } from '@oakestra/scheduler'
import {
  createParentSessions,
  OUTBOX_COLLECTIONS,
  Outbox,
  outboxEntries,
  type ParentHandlers,
  type ParentSessions,
  type ParentTransport,
  takeObserved,
} from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { parseWire, samplesSchema } from '@oakestra/wire'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Accounts } from './accounts/accounts.ts'
import { createRootApi } from './api/create-root-api.ts'
import type { RootApiDeps } from './api/deps.ts'
import { ClusterReconciler } from './placement/cluster-reconciler.ts'
import { ClusterRoom } from './placement/cluster-room.ts'
import { InstanceReconciler } from './placement/instance-reconciler.ts'
import { ServiceReconciler } from './services-control/service-reconciler.ts'
import { ClusterRegistry } from './session/cluster-registry.ts'
import { instanceReports } from './session/instance-reports.ts'
import { listNodes } from './session/node-views.ts'
import { createSessionLogSource } from './session/session-log-source.ts'
import { UsageHistory } from './session/usage-history.ts'
import { clusters, instances, ROOT_COLLECTIONS, reports, services } from './state/collections.ts'

const RESYNC_MS = 60_000
// Decisions are transactions of one store and run one after another; more at once would only wait.
const CONCURRENCY = 4
const JOIN_TOKEN_VALID_MS = 24 * 3_600_000
const TOKEN_TIMEOUT_MS = 5_000

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
  readonly swaggerUiStaticDir?: string
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
  idle(): Promise<void>
}

/** Starts a root orchestrator: opens the door for clusters and keeps every desired instance in one of them. */
export async function createRoot(options: RootOptions): Promise<Root> {
  // Nothing is placed before it is known which clusters there are.
  const room = new ClusterRoom()
  for (const cluster of await options.store.read((reader) => reader.list(clusters))) room.note(cluster)
  const orchestrator = new Orchestrator(options, await Outbox.open(options.store, options.ids), room)
  await orchestrator.start()
  return orchestrator
}

class Orchestrator implements Root {
  readonly #options: RootOptions
  readonly #outbox: Outbox
  readonly #room: ClusterRoom
  readonly #registry: ClusterRegistry
  readonly #usage: UsageHistory
  readonly #instances: Controller
  readonly #clusterControl: Controller
  readonly #services: Controller
  readonly #serviceReconciler: ServiceReconciler
  #sessions: ParentSessions | undefined
  #api: FastifyInstance | undefined
  readonly #unsubscribe: () => void

  constructor(options: RootOptions, outbox: Outbox, room: ClusterRoom) {
    const { store, clock, random, logger, ids, policy } = options
    const connected = () => this.connectedClusters()
    this.#options = options
    this.#outbox = outbox
    this.#room = room
    this.#unsubscribe = store.onCommit((changes) => this.#committed(changes))
    this.#usage = new UsageHistory(clock)
    this.#registry = new ClusterRegistry({ store, room: this.#room, ids, clock, connected })
    const placing = new InstanceReconciler({ store, outbox: this.#outbox, room: this.#room, connected, policy, clock })
    const addressing = new ClusterReconciler(store, this.#outbox)
    const control = { clock, random, logger, resyncMs: RESYNC_MS, backoff: { firstMs: 100, maxMs: 30_000 } }
    this.#instances = createController({ ...control, name: 'instances', reconciler: placing, concurrency: CONCURRENCY })
    this.#clusterControl = createController({ ...control, name: 'clusters', reconciler: addressing, concurrency: 1 })
    this.#serviceReconciler = new ServiceReconciler({ store, connected, clock, ids, logger })
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
    this.#instances.nudgeAll()
    this.#clusterControl.nudgeAll()
    this.#services.nudgeAll()
  }

  connectedClusters(): ReadonlySet<string> {
    return this.#sessions?.connected() ?? new Set()
  }

  activeNodes(): number {
    return this.#room.activeNodes()
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
    return [this.#services.status(), this.#instances.status(), this.#clusterControl.status()]
  }

  async idle(): Promise<void> {
    await this.#services.idle()
    await this.#clusterControl.idle()
    await this.#instances.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe()
    await this.#api?.close()
    await this.#sessions?.[Symbol.asyncDispose]()
    await this.#services[Symbol.asyncDispose]()
    await this.#instances[Symbol.asyncDispose]()
    await this.#clusterControl[Symbol.asyncDispose]()
  }

  #children(): ParentSessions {
    if (!this.#sessions) throw new OakError('unavailable', 'root is not ready yet')
    return this.#sessions
  }

  #apiDeps(): RootApiDeps {
    const { store, clock, ids, logger, accounts, version, swaggerUiStaticDir } = this.#options
    const nodeToken = (clusterId: string) =>
      this.#children().request(clusterId, 'nodes.token', { validMs: JOIN_TOKEN_VALID_MS }, TOKEN_TIMEOUT_MS)
    return {
      store,
      clock,
      ids,
      logger,
      accounts,
      logs: createSessionLogSource(store, () => this.#children()),
      usage: (instanceId) => this.#usage.of(instanceId),
      connectedClusters: () => this.connectedClusters(),
      joinTokens: {
        forCluster: (name) => this.createClusterToken(name),
        forNode: async (clusterId) => parseWire(z.string(), await nodeToken(clusterId), 'join token'),
      },
      nodes: { list: (clusterId) => listNodes(store, this.#children(), logger, clusterId) },
      version,
      ...(swaggerUiStaticDir !== undefined && { swaggerUiStaticDir }),
    }
  }

  #handlers(): ParentHandlers {
    const { logger } = this.#options
    return {
      onConnected: async (clusterId, value, address) => {
        await this.#registry.noteFacts(clusterId, value, address)
        logger.info('a cluster is connected', { cluster: clusterId, address })
        this.#clusterControl.nudge(clusterId)
      },
      onDisconnected: (clusterId, { reason }) => {
        logger.warn('a cluster is gone', { cluster: clusterId, reason })
        this.#registry.noteGone(clusterId).catch((thrown) => logger.debug('no note of it', { err: toOakError(thrown).message }))
      },
      onFacts: (clusterId, value) => this.#registry.noteFacts(clusterId, value),
      onObserved: (writer, clusterId, report) => takeObserved(writer, instanceReports, clusterId, report),
      onSamples: (_clusterId, body) => this.#usage.add(parseWire(samplesSchema, body, 'samples')),
      onRequest: async (_clusterId, method) => {
        throw new OakError('not-supported', `root does not answer ${method}`)
      },
    }
  }

  #committed(changes: readonly Change[]): void {
    for (const { collection, key, kind } of changes) {
      if (collection === instances.name) this.#instanceChanged(key, kind)
      else if (collection === reports.name) this.#reportChanged(key, kind)
      else if (collection === outboxEntries.name && kind === 'remove') this.#instances.nudge(key.split(' ')[1] ?? '')
      else if (collection === services.name) this.#services.nudge(key)
      else if (collection === clusters.name) this.#roomMoved(key)
    }
  }

  #instanceChanged(instanceId: string, kind: Change['kind']): void {
    if (kind === 'remove') this.#usage.forget(instanceId)
    this.#instances.nudge(instanceId)
  }

  #reportChanged(instanceId: string, kind: Change['kind']): void {
    if (kind === 'remove') this.#instances.nudge(instanceId)
    const serviceId = this.#serviceReconciler.waitingFor(instanceId)
    if (serviceId !== undefined) this.#services.nudge(serviceId)
  }

  /** A cluster told of its room: what was refused is tried again, also what is being refused at this moment. */
  #roomMoved(clusterId: string): void {
    this.#clusterControl.nudge(clusterId)
    for (const { key, phase } of this.#instances.status().keys) if (phase !== 'settled') this.#instances.nudge(key)
  }
}
