import { startSystem } from '../start-system.ts'
import type { System } from '../system.ts'
import { type ClusterUnit, type NodeUnit } from '../units.ts'
import type { LedgerMachine } from './ledger-machine.ts'
import { Outages } from './outages.ts'
import type { Plan } from './plan.ts'
import { Role, type Tier } from './role.ts'
import { SimulatedSurroundings } from './simulated-surroundings.ts'
import { type PlannedService, Users } from './users.ts'

export interface WorldNode {
  readonly role: Role
  readonly machine: LedgerMachine
  readonly unit: NodeUnit
  readonly cluster: WorldCluster
}

export interface WorldCluster {
  readonly role: Role
  readonly unit: ClusterUnit
  readonly nodes: readonly WorldNode[]
}

// Fast links with some chance in them, so that messages of different links overtake each other.
const USUAL_DELAY_MS = { min: 0.2, max: 3 }

// What waits for a timeout when it ends gets this much time for it.
const END_MS = 30_000

// An attempt that hangs (5 s) and the longest pause between two attempts (10 s).
const RECONNECT_MAX_MS = 16_000
const RECONNECT_LOOK_MS = 100

/** The name of the time during which the process itself did not run, whatever its links did. */
export function agentOf(name: string): string {
  return `the process of ${name}`
}

/** The name of a link's stalls among the outages: its far end still answers beside the connection, but less often. */
export function stallOf(name: string): string {
  return `${name} stalled`
}

/** A whole system in a simulated world, and every handle that faults and observers need. */
export class World {
  readonly surroundings: SimulatedSurroundings
  readonly system: System
  readonly outages: Outages
  readonly root: Role
  readonly clusters: readonly WorldCluster[]
  readonly users: Users
  /** Faults that are still to come. */
  pending = 0
  readonly #cuts = new Map<string, number>()

  private constructor(surroundings: SimulatedSurroundings, system: System, makeUsers: (world: World) => Users) {
    this.surroundings = surroundings
    this.system = system
    this.outages = new Outages(surroundings.clock)
    this.root = this.#role('root', 'root', system.root, () => system.clusters.map(({ id }) => id))
    this.clusters = system.clusters.map((unit) => this.#cluster(unit))
    for (const machine of surroundings.machines.values()) machine.watchActs()
    this.users = makeUsers(this)
  }

  static async create(plan: Plan, options: { readonly seed: number; readonly keepTrace: boolean }): Promise<World> {
    const surroundings = new SimulatedSurroundings(options)
    const system = await startSystem({ clusters: plan.clusters, memoryMiBPerNode: 1_000, vcpusPerNode: 4, surroundings })
    for (const { id } of [...system.clusters, ...system.nodes]) system.network.setDelay(id, USUAL_DELAY_MS)
    const user = await system.admin()
    const ids = await user.createApplication(
      'app',
      plan.services.map(({ descriptor }) => descriptor),
    )
    const services: PlannedService[] = plan.services.map((each) => ({ id: ids[each.name] ?? '', plan: each }))
    const { clock, trace } = surroundings
    return new World(surroundings, system, () => new Users({ user, services, clock, note: (what) => trace.note(what) }))
  }

  get nodes(): readonly WorldNode[] {
    return this.clusters.flatMap(({ nodes }) => nodes)
  }

  get roles(): readonly Role[] {
    return [this.root, ...this.clusters.map(({ role }) => role), ...this.nodes.map(({ role }) => role)]
  }

  rolesOf(tier: Tier): readonly Role[] {
    return this.roles.filter((role) => role.tier === tier)
  }

  node(name: string): WorldNode | undefined {
    return this.nodes.find(({ role }) => role.name === name)
  }

  /** Cuts the link of a cluster or node to its parent, until every cut of it was restored. */
  cut(name: string): void {
    this.#cuts.set(name, (this.#cuts.get(name) ?? 0) + 1)
    this.outages.begin(name)
    this.system.network.cut(this.#idOf(name))
  }

  restore(name: string): void {
    const left = (this.#cuts.get(name) ?? 1) - 1
    this.#cuts.set(name, left)
    if (left === 0) this.system.network.restore(this.#idOf(name))
    this.endOutage(name)
  }

  /** To its parent a part is back when it is connected again; that may take as long as its patience between two tries. */
  endOutage(name: string): void {
    const { clock } = this.surroundings
    const endMs = clock.monotonicMs() + RECONNECT_MAX_MS
    const look = () => {
      if (this.isConnected(name) || clock.monotonicMs() >= endMs) this.outages.end(name)
      else clock.after(RECONNECT_LOOK_MS, look)
    }
    look()
  }

  /** Does it run, with a connection to its parent? */
  isConnected(name: string): boolean {
    const parts = [...this.system.clusters, ...this.system.nodes]
    const part = parts.find((each) => each.name === name)
    return part === undefined || (part.unit.isRunning && part.unit.running.connected)
  }

  /** Is anything broken, or waiting to be repaired? */
  get isDisturbed(): boolean {
    if (this.users.isInsisting || this.pending > 0) return true
    return this.roles.some(({ isUp, store }) => !isUp || store.isFull) || [...this.#cuts.values()].some((count) => count > 0)
  }

  /** Lets everything go; what hangs is left behind. */
  async end(): Promise<void> {
    for (const { unit } of this.roles) unit.fence.kill()
    const ended = this.system[Symbol.asyncDispose]().catch(() => undefined)
    await Promise.race([ended, this.surroundings.clock.advance(END_MS)])
  }

  setDelay(name: string, delayMs?: number): void {
    const delay = delayMs === undefined ? USUAL_DELAY_MS : { min: delayMs / 2, max: delayMs }
    this.system.network.setDelay(this.#idOf(name), delay)
  }

  /** What a part was connected by goes silent for good. */
  strand(name: string): void {
    this.system.network.strand(this.#idOf(name))
  }

  setFaults(name: string, faults: Parameters<System['network']['setFaults']>[0]): void {
    this.system.network.setFaults(faults, this.#idOf(name))
  }

  stall(name: string): void {
    this.system.network.stall(this.#idOf(name))
  }

  unstall(name: string): void {
    this.system.network.unstall(this.#idOf(name))
  }

  breakOff(name: string): void {
    this.system.network.breakOff(this.#idOf(name))
  }

  #idOf(name: string): string {
    const unit = [...this.system.clusters, ...this.system.nodes].find((each) => each.name === name)
    if (!unit) throw new Error(`nothing is called ${name}`)
    return unit.id
  }

  #cluster(unit: ClusterUnit): WorldCluster {
    const links = () => [unit.id, ...unit.nodes.map(({ id }) => id)]
    const cluster = { role: this.#role('cluster', unit.name, unit.unit, links), unit, nodes: [] as WorldNode[] }
    cluster.nodes.push(...unit.nodes.map((node) => this.#node(node, cluster)))
    return cluster
  }

  #node(unit: NodeUnit, cluster: WorldCluster): WorldNode {
    const machine = this.surroundings.machines.get(unit.name)
    if (!machine) throw new Error(`${unit.name} has no machine`)
    return { role: this.#role('node', unit.name, unit.unit, () => [unit.id]), machine, unit, cluster }
  }

  #role(tier: Tier, name: string, unit: Role['unit'], links: () => readonly string[]): Role {
    const { clocks, stores, trace } = this.surroundings
    const clock = clocks.get(name)
    const store = stores.get(name)
    if (!clock || !store) throw new Error(`${name} is no role of this world`)
    const dropConnections = () => {
      for (const link of links()) this.system.network.breakOff(link)
    }
    const onDown = () => {
      trace.note(`${name} is down`)
      this.outages.begin(name)
      this.outages.begin(agentOf(name))
    }
    const onUp = () => {
      trace.note(`${name} is up`)
      this.outages.end(agentOf(name))
      if (tier === 'root') this.outages.end(name)
      else this.endOutage(name)
    }
    return new Role({ tier, name, unit, clock, store, dropConnections, onDown, onUp })
  }
}
