import type { Clock, Logger, Random, Timer } from '@oakestra/base'
import type { InstanceSpec, NodeFacts } from '@oakestra/model'
import type { Network, Tunnel } from '@oakestra/net'
import type { ObservedSource } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import type { NoteWord } from '@oakestra/wire'
import type { NetworkPlan } from '../network-keeper.ts'
import type { NetworkView } from '../network-view.ts'
import { Absences } from './absences.ts'
import { AddressResolver } from './address-resolver.ts'
import { servicesOfInterest } from './admissions.ts'
import { describeOverlay } from './describe-overlay.ts'
import { Farewells } from './farewells.ts'
import { GatewayKeeper } from './gateways/gateway-keeper.ts'
import type { OpenFront } from './gateways/http-front.ts'
import { planGateways, portsOfInstances } from './gateways/plan-gateways.ts'
import { Interests } from './interests.ts'
import { type NameLookup, Names, type OpenResponder } from './names.ts'
import { OverlayItems } from './overlay-items.ts'
import { PathBook } from './path-book.ts'
import { PathFinder } from './path-finder.ts'
import { PeerProber } from './peer-prober.ts'
import { PlanMemory, planOverlay } from './plan-overlay.ts'
import { PreferenceBook } from './preference-book.ts'
import type { ProbeTransport } from './probe-transport.ts'
import { collisionLines } from './route-collisions.ts'
import { type OpenSlowPath, SlowPathKeeper } from './slow-path-keeper.ts'
import { TunnelKey } from './tunnel-key.ts'
import { usedServices } from './used-services.ts'

// A document with many tables is many changes at once, and so is a machine that dies with many peers.
const GATHER_MS = 20
// `reference/network.md` 10.8: three rounds of this make a change of mind, and a round has several answers of each peer.
const ROUND_MS = 5_000

// What was begun with an instance before nothing new came may take so long; and documents are with most nodes by then.
const TOLD_MS = 500

/** What a node can use to be part of an overlay of many machines. Whatever is absent it does without. */
export interface OverlayMeans {
  /** Where packets of other nodes arrive; `address` when it is not the one that the cluster sees the node connect from. */
  readonly tunnel?: Tunnel & { readonly address?: string }
  readonly probes?: ProbeTransport
  readonly openSlowPath?: OpenSlowPath
  readonly openResponder?: OpenResponder
  /** Absent: services are published by port only, not by host name. */
  readonly openFront?: OpenFront
}

export interface OverlayDeps {
  readonly nodeId: string
  readonly tag: string
  readonly means: OverlayMeans
  readonly store: Store
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** What is on this node; `undefined` while it has no place in the overlay. */
  readonly view: () => Promise<NetworkView | undefined>
  readonly request: (method: string, params: unknown, timeoutMs: number) => Promise<unknown>
  /** Brings the kernel up to what is known. */
  readonly apply: () => Promise<void>
  /** Told that the kernel should be brought up to what is known, when there is time. */
  readonly onChange: () => void
  /** Told that the facts about this node are others. */
  readonly onFacts: () => void
}

/** This node's share of an overlay of many: what it is told of others, what it asks for, and what it measures. Decision 11. */
export class Overlay implements AsyncDisposable {
  readonly #deps: OverlayDeps
  readonly #items: OverlayItems
  readonly #interests: Interests
  readonly #resolver: AddressResolver
  readonly #memory = new PlanMemory()
  readonly #preferences: PreferenceBook
  readonly #slowPath: SlowPathKeeper | undefined
  readonly #names: Names | undefined
  readonly #gateways: GatewayKeeper
  #opening: Promise<void> | undefined
  #key: TunnelKey | undefined
  readonly #paths: PathFinder
  readonly #pathBook: PathBook
  #prober: PeerProber | undefined
  readonly #absences: Absences
  readonly #farewells: Farewells
  #kernelHasAbsences: ReturnType<Absences['planned']> = () => []
  #kernelHasPaths = () => {}
  #gather: Timer | undefined
  #round: Timer | undefined
  #isRound = false
  #crowded: ReadonlyMap<string, string> = new Map()
  #standingVersion = 0
  #isClosed = false

  constructor(deps: OverlayDeps) {
    this.#deps = deps
    const { store, clock, logger, network, means, nodeId, apply, request } = deps
    this.#items = new OverlayItems(store, logger)
    const items = () => this.#items.current()
    const inUse = async (ids: readonly string[]) => {
      const known = await items()
      // Without tables nothing is told unasked, and a node that asked for nothing has nothing to look for.
      const all = new Set([...ids, ...known.tables.map(({ serviceId }) => serviceId)])
      return network.activity && all.size > 0 ? usedServices([...all], known, await network.activity()) : undefined
    }
    this.#interests = new Interests({ store, clock, logger, inUse })
    this.#resolver = new AddressResolver({ nodeId, clock, interests: this.#interests, items, apply, request })
    this.#preferences = new PreferenceBook(store, logger)
    this.#pathBook = new PathBook(store, logger)
    this.#paths = new PathFinder({
      clock,
      logger,
      book: this.#pathBook,
      heard: async () => (await network.heard?.()) ?? [],
      onChange: () => this.#nudge(),
      onUnreached: () => deps.onFacts(),
    })
    this.#absences = new Absences(clock, () => this.#nudge())
    this.#farewells = new Farewells({
      clock,
      peers: () => this.#prober?.answering() ?? [],
      send: (nodeId, word, address) => this.#prober?.note(nodeId, word, address),
    })
    this.#gateways = new GatewayKeeper({
      ...(means.openFront && { openFront: means.openFront }),
      kernelFaults: () => network.gatewayFaults?.() ?? new Map(),
      logger,
    })
    if (means.openResponder) this.#names = new Names(means.openResponder, logger)
    if (means.openSlowPath) {
      const resolve = (address: string, signal: AbortSignal) => this.#resolver.resolve(address, signal)
      this.#slowPath = new SlowPathKeeper({ open: means.openSlowPath, resolve, clock, logger, onOpen: () => this.#nudge() })
    }
  }

  /** Takes over what is known from before this agent. Nothing is planned before. */
  open(): Promise<void> {
    this.#opening ??= this.#open()
    return this.#opening
  }

  /** What is reported beside instances. */
  get observed(): readonly ObservedSource[] {
    return [this.#interests, this.#gateways]
  }

  /** What of the facts about this node is known here. */
  facts(): Pick<NodeFacts, 'tunnel' | 'coordinates'> {
    const { tunnel } = this.#deps.means
    const { coordinates } = this.#prober ?? {}
    const key = this.#key?.publicText
    const unreached = this.#paths.unreached()
    const said = { ...(key !== undefined && { key }), ...(unreached.length > 0 && { unreached }) }
    return { ...(tunnel && { tunnel: { ...tunnel, ...said } }), ...(coordinates && { coordinates }) }
  }

  /** To be told of every commit. */
  committed(changes: readonly Change[]): void {
    if (this.#items.committed(changes).length === 0) return
    this.#resolver.itemsChanged()
    this.#nudge()
  }

  /** What the kernel shall look like; `undefined` while the node has no place in the overlay. */
  async plan(): Promise<NetworkPlan | undefined> {
    await this.open()
    const view = await this.#deps.view()
    const published = (await this.#items.current()).gateways.map(({ serviceId }) => serviceId)
    this.#interests.hold([...published, ...servicesOfInterest(view?.members ?? [])])
    if (!view) return undefined
    this.#kernelHasPaths = this.#paths.planned()
    if (this.#absences.settle()) this.#standingVersion += 1
    this.#kernelHasAbsences = this.#absences.planned()
    return this.#planFor(view, this.#takeRound())
  }

  /** To be called when what was planned is in the kernel. */
  async applied({ view, input }: NetworkPlan): Promise<void> {
    this.#kernelHasPaths()
    for (const { nodeId, address } of this.#kernelHasAbsences()) this.#prober?.note(nodeId, 'left', address)
    this.#farewells.follow(view.members.map(({ local, ready }) => ({ address: local.spec.addresses.v4, ready })))
    const { tables, peers, gateways } = await this.#items.current()
    this.#prober?.follow(view.place.subnetV4, peers)
    await this.#names?.follow(view.place, tables, view.members)
    await this.#gateways.follow(gateways, planGateways(gateways, tables, portsOfInstances(input.attachments)))
    if (this.#preferences.isEmpty) this.#round?.cancel()
    if (this.#preferences.isEmpty || !this.#prober) this.#round = undefined
    else this.#round ??= this.#deps.clock.after(ROUND_MS, () => this.#startRound())
  }

  /** How an instance finds out what names mean; `undefined`: as its machine does. */
  lookupFor(spec: InstanceSpec): NameLookup | undefined {
    return this.#names?.lookupFor(spec)
  }

  /** An instance here (IPv4 address) is about to end: what was begun with it goes on, in the kernel that is applied next. */
  aboutToEnd(address: string): void {
    this.#farewells.begin(address)
  }

  /**
   * Resolves when other nodes send no new connections to an instance (IPv4 address) that the kernel here leaves out already, or have had
   * the time to hear of it; at once where there are none.
   */
  async othersTold(address: string | undefined, signal: AbortSignal): Promise<void> {
    const { peers } = await this.#items.current()
    if (peers.length === 0) return
    const said = address === undefined ? undefined : this.#farewells.say(address, signal)
    await Promise.all([said, this.#deps.clock.sleep(TOLD_MS, signal)])
  }

  /** What is known here, in lines for people; with an address, what happens to packets for it. */
  async explain(address?: string): Promise<readonly string[]> {
    const { network, means } = this.#deps
    const view = await this.#deps.view()
    if (!view) return ['This node has no place in the overlay yet: its cluster has not said which.']
    const { input } = await this.#planFor(view, false)
    if (address !== undefined) return network.explain ? network.explain(input, address) : ['This network cannot explain itself.']
    const standingOf = (nodeId: string) => this.#prober?.standingOf(nodeId)
    const pathOf = (nodeId: string) => this.#paths.of(nodeId)
    const collisions = collisionLines(view.place, await network.occupiedPrefixes())
    const lines = describeOverlay({
      input,
      items: await this.#items.current(),
      interests: this.#interests.services,
      standingOf,
      pathOf,
      means,
    })
    const slowPath = this.#slowPath?.describe() ?? 'Unknown addresses are refused.'
    const names = this.#names ? (this.#names.fault ?? 'Names are answered.') : 'Names are not answered.'
    const published = this.#gateways.describe((await this.#items.current()).gateways)
    return [
      ...lines,
      ...collisions,
      ...[...this.#crowded].map(([instanceId, why]) => `Instance ${instanceId} is isolated: ${why}.`),
      ...published,
      slowPath,
      names,
      ...(await network.verify(input)).map((difference) => `In the kernel ${difference}.`),
    ]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#gather?.cancel()
    this.#round?.cancel()
    this.#interests[Symbol.dispose]()
    this.#absences[Symbol.dispose]()
    await this.#slowPath?.[Symbol.asyncDispose]()
    await this.#prober?.[Symbol.asyncDispose]()
    await this.#names?.[Symbol.asyncDispose]()
    await this.#gateways[Symbol.asyncDispose]()
  }

  async #open(): Promise<void> {
    const { means, store, nodeId, clock, random, logger } = this.#deps
    await this.#interests.load()
    await this.#preferences.load()
    await this.#pathBook.load()
    if (means.tunnel) this.#key = await TunnelKey.load(store)
    const { probes: transport } = means
    if (transport && this.#key) {
      this.#prober = new PeerProber({
        nodeId,
        key: this.#key,
        transport,
        clock,
        random,
        logger,
        paths: this.#paths,
        onChange: () => this.#standingChanged(),
        onNote: (peerId, word, address) => this.#noted(peerId, word, address),
      })
    }
    await this.#slowPath?.start()
  }

  async #planFor(view: NetworkView, isRound: boolean): Promise<NetworkPlan> {
    const { nodeId, tag, means } = this.#deps
    const { tables, peers, gateways } = await this.#items.current()
    const knowledge = {
      nodeId,
      tables,
      peers,
      standingOf: (id: string) => this.#prober?.standingOf(id),
      isLeaving: (id: string, address: string) => (id === nodeId ? this.#farewells.has(address) : this.#absences.has(id, address)),
      endingOf: (serviceId: string) => this.#absences.ofService(serviceId),
      pathOf: (id: string) => this.#paths.of(id),
      preferences: this.#preferences.current,
      isRound,
      ...(means.tunnel && { tunnel: { port: means.tunnel.port } }),
      asksForUnknown: this.#slowPath?.isOpen ?? false,
      standingVersion: this.#standingVersion,
    }
    const planned = planOverlay(tag, view, knowledge, this.#memory)
    this.#preferences.take(planned.preferences)
    const { input, refused } = planned
    this.#noteCrowded(planned.crowded)
    const { entries } = planGateways(gateways, tables, portsOfInstances(input.attachments))
    return { view, refused, input: { ...input, ...(entries.length > 0 && { gateways: entries }) } }
  }

  #noteCrowded(crowded: ReadonlyMap<string, string>): void {
    for (const [instance, why] of crowded) {
      if (!this.#crowded.has(instance)) this.#deps.logger.warn('an isolated instance does not admit all that it should', { instance, why })
    }
    this.#crowded = crowded
  }

  /** A peer speaks of an instance: of one of its own that ends or is back, or of one of this node that it has left out. */
  #noted(nodeId: string, word: NoteWord, address: string): void {
    if (word === 'left') return this.#farewells.understood(nodeId, address)
    if (word === 'back') return this.#absences.back(nodeId, address) ? this.#standingChanged() : undefined
    const answer = this.#absences.leave(nodeId, address, this.#items.known)
    if (answer === 'news') this.#standingChanged()
    else if (answer === 'done') this.#prober?.note(nodeId, 'left', address)
  }

  #takeRound(): boolean {
    const isRound = this.#isRound
    this.#isRound = false
    return isRound
  }

  #startRound(): void {
    this.#round = undefined
    this.#isRound = true
    this.#standingVersion += 1
    if (!this.#isClosed) this.#deps.onChange()
  }

  #standingChanged(): void {
    this.#standingVersion += 1
    this.#nudge()
  }

  #nudge(): void {
    if (this.#isClosed || this.#gather) return
    this.#gather = this.#deps.clock.after(GATHER_MS, () => {
      this.#gather = undefined
      this.#deps.onChange()
    })
  }
}
