import type { Clock, Logger, Random } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import { inboxItems, type Liveness, type Outbox, outboxEntries } from '@oakestra/session'
import type { Change, Store, Writer } from '@oakestra/store'
import { type DocumentItem, overlaySubject } from '@oakestra/wire'
import { orders, subjectOf } from '../local/orders.ts'
import { localRestarts } from '../local/restart-counts.ts'
import type { ClusterReports } from '../reports/cluster-reports.ts'
import { nodeReports } from '../state.ts'
import type { Chooser, ChooserDeps } from './choose-node.ts'
import { Departures } from './departures.ts'
import { moveInstance } from './move-instance.ts'
import { PlacementActs } from './placement-acts.ts'
import { PlacementReconciler } from './placement-reconciler.ts'
import { Refusals } from './refusals.ts'
import { dropUnclaimed, listUnclaimed, takeUnknown } from './unclaimed.ts'

// Everything that moves an instance nudges it; this is for what was missed.
const RESYNC_MS = 300_000
// Decisions are sections of one store and run one after another, but those that wait together share one wait for the disk.
const CONCURRENCY = 32

export interface PlacingOptions extends Omit<ChooserDeps, 'isHere'> {
  readonly store: Store
  readonly outbox: Outbox
  readonly liveness: Pick<Liveness, 'presence' | 'patienceMs'>
  readonly reports: ClusterReports
  readonly chooser?: Chooser
  /** Told when every instance of the document was looked at that had not been. */
  readonly onAbreast: () => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Everything that decides on which node an instance is, and when that is looked at again. */
export class Placing {
  readonly #options: PlacingOptions
  readonly #controller: Controller
  readonly #refusals: Refusals
  readonly #moving: Parameters<typeof moveInstance>[0]
  /** Items of the document that nobody has looked at yet. */
  readonly #unvisited = new Set<string>()
  /** Nodes that said everything since they are connected. */
  readonly #told = new Set<string>()

  constructor(options: PlacingOptions) {
    this.#options = options
    const { capacity, clock, random, logger, liveness } = options
    const nudge = (instanceId: string) => this.#controller.nudge(instanceId)
    this.#refusals = new Refusals(clock, nudge)
    capacity.onGrown(() => this.#refusals.grew())
    const departures = new Departures(clock, nudge)
    for (const { instanceId, serviceId } of capacity.departing()) departures.begun(instanceId, serviceId)
    const isHere = (nodeId: string) => liveness.presence(nodeId) === 'here'
    const shared = { ...options, isHere, hasTold: (nodeId: string) => this.#told.has(nodeId) }
    const acts = new PlacementActs({ ...shared, refusals: this.#refusals, departures })
    const reconciler = new PlacementReconciler({ ...shared, acts, onVisited: (id) => this.#visited(id) })
    this.#moving = { ...shared, acts, onMoving: nudge }
    const control = { clock, random, logger, resyncMs: RESYNC_MS, backoff: { firstMs: 100, maxMs: 30_000 } }
    this.#controller = createController({ ...control, name: 'placements', reconciler, concurrency: CONCURRENCY })
  }

  /** True when the document that is stored is also the one that promises account for. */
  get isAbreast(): boolean {
    return this.#unvisited.size === 0
  }

  /** Notes what the document held before this process started and has no place. */
  async start(): Promise<void> {
    const { reports, capacity } = this.#options
    for (const id of await reports.ids()) if (!capacity.placement(id)) this.#unvisited.add(id)
    this.#controller.nudgeAll()
  }

  /** `instances.move` */
  move(params: unknown): Promise<unknown> {
    return moveInstance(this.#moving, params)
  }

  /** A node holds a document that is not known here. See `takeUnknown`. */
  async takeUnknown(writer: Writer, nodeId: string, items: readonly DocumentItem[]): Promise<void> {
    for (const id of await takeUnknown(this.#options, writer, nodeId, items)) this.#controller.nudge(id)
  }

  /** `instances.unclaimed` */
  unclaimed(): Promise<unknown> {
    return this.#options.store.read((reader) => listUnclaimed(this.#options.outbox, reader))
  }

  /** `instances.drop` */
  drop(params: unknown): Promise<void> {
    return this.#options.store.write((writer) => dropUnclaimed(this.#options.outbox, writer, params))
  }

  /** A node came, went, or an operator changed what it is for. */
  nodeMoved(nodeId: string): void {
    const { capacity, reports, liveness } = this.#options
    for (const { instanceId } of capacity.placementsOn(nodeId)) {
      this.#controller.nudge(instanceId)
      reports.changed(instanceId)
    }
    if (liveness.presence(nodeId) === 'here') capacity.grew()
  }

  /** A node is connected anew: what it said before may be over. */
  nodeReturned(nodeId: string): void {
    this.#told.delete(nodeId)
  }

  /** A node said what became of everything it has. */
  nodeTold(nodeId: string): void {
    if (this.#told.has(nodeId)) return
    this.#told.add(nodeId)
    for (const { instanceId } of this.#options.capacity.placementsOn(nodeId)) this.#controller.nudge(instanceId)
  }

  committed(changes: readonly Change[]): void {
    for (const { collection, key, kind } of changes) {
      // What is told of the overlay is about no instance of this cluster.
      if (overlaySubject(key.split(' ').at(-1) ?? '')) continue
      if (collection === inboxItems.name) this.#itemChanged(key, kind)
      else if (collection === orders.name) this.#controller.nudge(subjectOf(key))
      else if (collection === nodeReports.name || collection === localRestarts.name) this.#controller.nudge(key)
      else if (collection === outboxEntries.name && kind === 'remove') this.#controller.nudge(key.split(' ')[1] ?? '')
    }
  }

  status(): ControllerStatus {
    return this.#controller.status()
  }

  idle(): Promise<void> {
    return this.#controller.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#refusals.close()
    await this.#controller[Symbol.asyncDispose]()
  }

  #itemChanged(id: string, kind: Change['kind']): void {
    if (kind === 'put') this.#unvisited.add(id)
    this.#controller.nudge(id)
  }

  #visited(id: string): void {
    if (this.#unvisited.delete(id) && this.isAbreast) this.#options.onAbreast()
  }
}
