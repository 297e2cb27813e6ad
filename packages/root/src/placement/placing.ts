import { type Clock, type Logger, type Random, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import type { GeoPoint } from '@oakestra/model'
import type { PolicyName } from '@oakestra/scheduler'
import { type Liveness, type Outbox, outboxEntries } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { overlaySubject } from '@oakestra/wire'
import { type ClusterPatience, createClusterLiveness, refusedMsOf } from '../session/cluster-liveness.ts'
import { clusters, instances, reports } from '../state/collections.ts'
import type { Chooser } from './chooser.ts'
import { ClusterReconciler } from './cluster-reconciler.ts'
import { ClusterRoom } from './cluster-room.ts'
import { InstanceReconciler } from './instance-reconciler.ts'
import { PeerBook } from './peer-book.ts'
import { Placer } from './placer.ts'
import { Refused } from './refused.ts'
import { Troubles } from './troubles.ts'

const RESYNC_MS = 60_000
// Decisions are transactions of one store and run one after another; more at once would only wait, unless somebody is asked.
const CONCURRENCY = 4
const CONCURRENCY_WITH_CHOOSER = 32

export interface PlacingOptions {
  readonly store: Store
  readonly outbox: Outbox
  readonly policy: PolicyName
  readonly patience?: ClusterPatience
  readonly knownAreas?: Readonly<Record<string, GeoPoint>>
  readonly chooser?: Chooser
  /** Called when the record of a cluster is gone. */
  readonly onRemoved: (clusterId: string) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Everything that decides which cluster has what: which are here, what room they have, and the loops that act on it. */
export class Placing implements AsyncDisposable {
  readonly room = new ClusterRoom()
  readonly peers = new PeerBook()
  readonly troubles: Troubles
  readonly liveness: Liveness
  readonly placer: Placer
  readonly #options: PlacingOptions
  readonly #refused: Refused
  readonly #instances: Controller
  readonly #clusters: Controller
  readonly #unsubscribe: () => void

  private constructor(options: PlacingOptions) {
    const { store, outbox, clock, random, logger, chooser, patience } = options
    const { room, peers } = this
    this.#options = options
    this.#unsubscribe = store.onCommit((changes) => this.#committed(changes))
    this.troubles = new Troubles(clock, refusedMsOf(patience))
    this.liveness = createClusterLiveness(clock, (clusterId) => this.#presenceChanged(clusterId), patience)
    this.placer = new Placer({ ...options, room, peers, isConnected: (clusterId) => this.liveness.presence(clusterId) === 'here' })
    this.#refused = new Refused(clock, (instanceId) => this.#instances.nudge(instanceId))
    const shared = { store, outbox, liveness: this.liveness }
    const own = { room, peers, placer: this.placer, refused: this.#refused, troubles: this.troubles, clock }
    const control = { clock, random, logger, resyncMs: RESYNC_MS, backoff: { firstMs: 100, maxMs: 30_000 } }
    this.#instances = createController({
      ...control,
      name: 'instances',
      reconciler: new InstanceReconciler({ ...shared, ...own }),
      concurrency: chooser ? CONCURRENCY_WITH_CHOOSER : CONCURRENCY,
    })
    this.#clusters = createController({
      ...control,
      name: 'clusters',
      reconciler: new ClusterReconciler({ ...shared, clock }),
      concurrency: 1,
    })
  }

  /** Reads what is known before anything is decided. */
  static async open(options: PlacingOptions): Promise<Placing> {
    const { known, peers } = await options.store.read(async (reader) => ({
      known: await reader.list(clusters),
      peers: await reader.list(instances),
    }))
    const placing = new Placing(options)
    placing.peers.load(peers)
    for (const cluster of known) {
      placing.room.note(cluster)
      placing.liveness.expect(cluster.id)
    }
    return placing
  }

  nudgeAll(): void {
    this.#instances.nudgeAll()
    this.#clusters.nudgeAll()
  }

  /** Asks for a decision about these, and with it for what their clusters are told of them. */
  nudgeInstances(instanceIds: readonly string[]): void {
    for (const id of instanceIds) this.#instances.nudge(id)
  }

  /** Asks for a decision about everything that a cluster has. */
  nudgeInstancesOf(clusterId: string): void {
    const { store, logger } = this.#options
    const nudge = async () => {
      const own = await store.read((reader) => reader.list(instances, { index: 'clusterId', equals: clusterId }))
      for (const instance of own) this.#instances.nudge(instance.id)
    }
    nudge().catch((thrown) => logger.warn('instances wait for the period', { err: toOakError(thrown).message }))
  }

  controllers(): readonly ControllerStatus[] {
    return [this.#instances.status(), this.#clusters.status()]
  }

  async idle(): Promise<void> {
    await this.#clusters.idle()
    await this.#instances.idle()
  }

  /** Nobody is given up from now on, for connections end when root does. */
  close(): void {
    this.#unsubscribe()
    this.liveness.close()
    this.#refused.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
    await this.#instances[Symbol.asyncDispose]()
    await this.#clusters[Symbol.asyncDispose]()
  }

  #committed(changes: readonly Change[]): void {
    this.peers.committed(changes)
    for (const { collection, key, kind } of changes) {
      if (collection === instances.name) this.#instances.nudge(key)
      else if (collection === reports.name) this.#reportChanged(key, kind)
      else if (collection === outboxEntries.name && kind === 'remove') this.#entryGone(key.split(' ')[1] ?? '')
      else if (collection === clusters.name) this.#clusterChanged(key, kind)
    }
  }

  #entryGone(itemId: string): void {
    if (!overlaySubject(itemId)) this.#instances.nudge(itemId)
  }

  #presenceChanged(clusterId: string): void {
    this.#clusters.nudge(clusterId)
    if (this.liveness.presence(clusterId) === 'here') this.#refused.roomGrew()
    else this.nudgeInstancesOf(clusterId)
  }

  #reportChanged(instanceId: string, kind: Change['kind']): void {
    if (kind === 'remove') this.troubles.forget(instanceId)
    if (kind === 'remove' || this.troubles.has(instanceId)) this.#instances.nudge(instanceId)
  }

  #clusterChanged(clusterId: string, kind: Change['kind']): void {
    if (kind === 'remove') {
      this.room.forget(clusterId)
      this.liveness.forget(clusterId)
      this.#options.onRemoved(clusterId)
      return
    }
    this.liveness.expect(clusterId)
    this.#clusters.nudge(clusterId)
    if (this.room.takeGrowth()) this.#refused.roomGrew()
  }
}
