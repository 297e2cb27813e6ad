import { type MetricFamily, OakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, controllerMetrics, createController } from '@oakestra/controller'
import { type ChildSession, connectionMetric, createChildSession, inboxItems, jointSource } from '@oakestra/session'
import type { Change } from '@oakestra/store'
import { overlaySubject } from '@oakestra/wire'
import { askCluster } from './contact/ask-cluster.ts'
import type { ClusterContact } from './contact/cluster-contact.ts'
import { WatchedInbox } from './contact/watched-inbox.ts'
import { watchedTransport } from './contact/watched-transport.ts'
import type { Node, NodeOptions } from './create-node.ts'
import { HealthKeeper } from './health/health-keeper.ts'
import type { HealthVerdict } from './health/judge.ts'
import type { HealthProber } from './health/prober.ts'
import type { InstanceBook } from './instance-book.ts'
import type { InstanceFiles } from './instance-files.ts'
import { InstanceReconciler } from './instance-reconciler.ts'
import { LogStreamer } from './log-streamer.ts'
import { workloadMetrics } from './metrics/workload-metrics.ts'
import { NetworkKeeper } from './network-keeper.ts'
import { FactsKeeper } from './node-facts.ts'
import { Overlay } from './overlay/overlay.ts'
import { Sampler } from './sampler.ts'

// All that a node can have (`reference/network.md` 1.1: 61): one that waits for its image or its end must not hold up others.
const CONCURRENCY = 64
// For truth: what a third party did to containers or kernel is found and mended within this time.
const RESYNC_MS = 60_000

/** What an agent is made of: the options of the node, with every choice made. */
export interface AgentParts extends NodeOptions {
  /** Names this node's objects in the kernel. */
  readonly tag: string
  readonly files: InstanceFiles
  readonly prober: HealthProber
  readonly book: InstanceBook
  readonly contact: ClusterContact
}

/** The parts of a node agent, wired together. */
export class Agent implements Node {
  readonly #parts: AgentParts
  readonly #inbox: WatchedInbox
  readonly #overlay: Overlay
  readonly #networkKeeper: NetworkKeeper
  readonly #health: HealthKeeper
  readonly #reconciler: InstanceReconciler
  readonly #instances: Controller
  readonly #machine: Controller
  readonly #streamer: LogStreamer
  readonly #facts: FactsKeeper
  readonly #undo: (() => void)[] = []
  #session: ChildSession | undefined
  #sampler: Sampler | undefined

  constructor(parts: AgentParts) {
    const { contact, logs, transport, logger } = parts
    this.#parts = parts
    this.#inbox = new WatchedInbox(parts.store, () => contact.heard())
    this.#overlay = this.#createOverlay()
    this.#networkKeeper = new NetworkKeeper({
      network: parts.network,
      logger,
      plan: () => this.#overlay.plan(),
      onApplied: (plan) => this.#overlay.applied(plan),
    })
    this.#health = new HealthKeeper({ ...parts, onVerdict: (id, verdict) => this.#judged(id, verdict) })
    const documentKnown = async () => (await this.#inbox.head()) !== undefined
    const { networkKeeper, health } = { networkKeeper: this.#networkKeeper, health: this.#health }
    this.#reconciler = new InstanceReconciler({
      ...parts,
      networkKeeper,
      health,
      documentKnown,
      lookupFor: (spec) => this.#overlay.lookupFor(spec),
      aboutToEnd: (address) => this.#overlay.aboutToEnd(address),
      othersTold: (address, signal) => this.#overlay.othersTold(address, signal),
    })
    this.#instances = this.#controller('instances', this.#reconciler, CONCURRENCY)
    this.#machine = this.#controller('network', this.#networkReconciler(), 1)
    this.#streamer = new LogStreamer(logs, (id, signal) => transport.openStream(id, signal), logger)
    this.#facts = new FactsKeeper({
      ...parts,
      configured: configuredFacts(parts),
      overlay: () => this.#overlay.facts(),
      onChange: () => this.#session?.factsChanged(),
    })
  }

  get connected(): boolean {
    return this.#session?.connected ?? false
  }

  /** Takes over what is known of the overlay. To be called once, before `start`. */
  async open(): Promise<void> {
    await this.#overlay.open()
  }

  start(): void {
    const { clock, random, logger, transport, renewable, runtime, machine, store, book, contact } = this.#parts
    this.#undo.push(runtime.onChange((id) => this.#instances.nudge(id)))
    this.#undo.push(store.onCommit((changes) => this.#committed(changes)))
    this.#instances.nudgeAll()
    this.#machine.nudgeAll()
    const session = createChildSession({
      transport: watchedTransport(transport, contact),
      inbox: this.#inbox,
      facts: () => this.#facts.gather(),
      observed: jointSource(book, ...this.#overlay.observed),
      onRequest: (method, params) => this.#answer(method, params),
      ...(renewable && { renewable }),
      clock,
      random,
      logger,
    })
    this.#session = session
    contact.askBy(() => askCluster(session))
    this.#sampler = new Sampler({ runtime, machine, clock, logger, send: (samples) => session.sendSamples(samples) })
  }

  controllers(): readonly ControllerStatus[] {
    return [this.#instances.status(), this.#machine.status()]
  }

  async metrics(): Promise<readonly MetricFamily[]> {
    const session = connectionMetric('node', this.connected)
    return [session, ...workloadMetrics(this.#sampler?.last), ...controllerMetrics('node', this.controllers())]
  }

  async idle(): Promise<void> {
    await this.#instances.idle()
    await this.#machine.idle()
  }

  explain(address?: string): Promise<readonly string[]> {
    return this.#overlay.explain(address)
  }

  /** The cluster has been silent for longer than an instance bears, or is not any more. */
  silenceChanged(instanceId: string): void {
    this.#instances.nudge(instanceId)
    this.#parts.book.silenceChanged(instanceId)
  }

  /** The cluster was heard for the first time: what waited for that may begin. */
  clusterHeard(): void {
    this.#instances.nudgeAll()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo) undo()
    this.#streamer.close()
    this.#facts[Symbol.dispose]()
    await this.#sampler?.[Symbol.asyncDispose]()
    await this.#parts.contact.close()
    await this.#session?.[Symbol.asyncDispose]()
    await this.#instances[Symbol.asyncDispose]()
    await this.#machine[Symbol.asyncDispose]()
    await this.#overlay[Symbol.asyncDispose]()
    this.#health[Symbol.dispose]()
  }

  #controller(name: string, reconciler: Parameters<typeof createController>[0]['reconciler'], concurrency: number): Controller {
    const { clock, random, logger } = this.#parts
    const rhythm = { resyncMs: RESYNC_MS, backoff: { firstMs: 200, maxMs: 30_000 } }
    return createController({ name, reconciler, concurrency, ...rhythm, clock, random, logger })
  }

  #createOverlay(): Overlay {
    const { id: nodeId, overlay: means = {}, book } = this.#parts
    return new Overlay({
      ...this.#parts,
      nodeId,
      means,
      view: () => book.networkView(),
      request: async (method, params, timeoutMs) => {
        if (!this.#session) throw new OakError('unavailable', 'there is no session yet')
        return this.#session.request(method, params, timeoutMs)
      },
      apply: () => this.#networkKeeper.apply(),
      onChange: () => this.#machine.nudge('machine'),
      onFacts: () => this.#session?.factsChanged(),
    })
  }

  #networkReconciler() {
    const reconcile = async () => {
      await this.#networkKeeper.apply()
      return { state: 'settled' } as const
    }
    return { reconcile, keys: async () => ['machine'] }
  }

  #committed(changes: readonly Change[]): void {
    this.#parts.book.committed(changes)
    this.#overlay.committed(changes)
    for (const { key } of changes.filter(({ collection }) => collection === inboxItems.name)) {
      if (overlaySubject(key)) continue
      if (key === 'place') {
        this.#machine.nudgeAll()
        this.#instances.nudgeAll()
      } else {
        this.#reconciler.supersede(key)
        this.#instances.nudge(key)
      }
    }
  }

  /** What a health check says moves the balancing of its service, and what is done about the instance. */
  #judged(id: string, verdict: HealthVerdict | undefined): void {
    this.#parts.book.noteVerdict(id, verdict)
    if (!verdict) return
    this.#instances.nudge(id)
    this.#machine.nudge('machine')
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    if (method === 'logs.open') return this.#streamer.start(params)
    throw new OakError('not-supported', `a node does not answer ${method}`)
  }
}

function configuredFacts({ name, address, version, labels, location, addons, csiDrivers }: NodeOptions) {
  return {
    name,
    address,
    version,
    ...(labels && { labels }),
    ...(location && { location }),
    ...(addons && { addons }),
    ...(csiDrivers && { csiDrivers }),
  }
}
