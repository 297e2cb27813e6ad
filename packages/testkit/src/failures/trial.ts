import { setImmediate } from 'node:timers/promises'
import { FakeKernel } from '@oakestra/net/testing'
import { nodeTag } from '@oakestra/node'
import { FakeProber } from '@oakestra/node/testing'
import type { Answer, ApiUser, SeenInstance } from '../api-user.ts'
import { rootInstances } from '../simulator/documents.ts'
import type { FaultyStore } from '../simulator/faulty-store.ts'
import type { LedgerMachine } from '../simulator/ledger-machine.ts'
import type { RoleClock } from '../simulator/role-clock.ts'
import { SimulatedSurroundings } from '../simulator/simulated-surroundings.ts'
import { type System, type SystemOptions, startSystem } from '../start-system.ts'
import type { ClusterUnit, NodeUnit, RoleUnit } from '../units.ts'

export type TrialOptions = Pick<SystemOptions, 'clusters' | 'memoryMiBPerNode'>

const LOOK_EVERY_MS = 50
const LOOKS_PER_SECOND = 1_000 / LOOK_EVERY_MS
// What hangs when a trial ends gets this much time; then it is left behind.
const END_MS = 30_000
const UNTOUCHED_KERNEL = new FakeKernel().state('none')

/** Answers of health checks are the test's. Its nodes know nobody: seconds are counted, and whoever has nobody to tell stops at once. */
class TrialSurroundings extends SimulatedSurroundings {
  readonly prober = new FakeProber()

  override nodeOptions(name: string): ReturnType<SimulatedSurroundings['nodeOptions']> {
    return { ...super.nodeOptions(name), overlay: {}, prober: this.prober }
  }
}

/** The whole system with its default settings on virtual time, and somebody who breaks it and counts the seconds. */
export class Trial implements AsyncDisposable {
  readonly system: System
  readonly #surroundings: TrialSurroundings
  readonly #user: ApiUser
  readonly #services = new Map<string, string>()
  /** Instances of each service, also of those that root has forgotten. */
  readonly #known = new Map<string, Set<string>>()

  private constructor(surroundings: TrialSurroundings, system: System, user: ApiUser) {
    this.#surroundings = surroundings
    this.system = system
    this.#user = user
    for (const machine of surroundings.machines.values()) machine.watchActs()
  }

  static async open(options: TrialOptions = {}): Promise<Trial> {
    const surroundings = new TrialSurroundings({ seed: 1, keepTrace: false })
    const system = await startSystem({ ...options, surroundings })
    return new Trial(surroundings, system, await system.admin())
  }

  get prober(): FakeProber {
    return this.#surroundings.prober
  }

  /** Starts of processes so far, on all machines. */
  get starts(): number {
    return this.#surroundings.ledger.lives.length
  }

  /** Monotonic seconds. */
  get now(): number {
    return this.#surroundings.clock.monotonicMs() / 1_000
  }

  /** Seconds at which processes of a service started, in order, with their machines. */
  livesOf(service: string): readonly { readonly node: string; readonly at: number }[] {
    const instances = new Set(this.#ids(service))
    const lives = this.#surroundings.ledger.lives.filter(({ instanceId }) => instances.has(instanceId))
    return lives.map(({ node, startMs }) => ({ node, at: startMs / 1_000 }))
  }

  async seconds(count: number): Promise<void> {
    await this.#surroundings.clock.advance(count * 1_000)
  }

  /** Lets time pass until `check` holds. Gives the seconds it took. */
  async until(what: string, check: () => boolean | Promise<boolean>, withinSeconds = 60): Promise<number> {
    const from = this.now
    for (let look = 0; !(await check()); look += 1) {
      if (look >= withinSeconds * LOOKS_PER_SECOND) throw new Error(`not within ${withinSeconds} s: ${what}\n${await this.#describe()}`)
      await this.#surroundings.clock.advance(LOOK_EVERY_MS)
    }
    return this.now - from
  }

  /** Waits for an answer, letting the time pass that it needs. */
  async answer<T>(asked: Promise<T>): Promise<T> {
    const progress = { isSettled: false }
    const settled = asked.finally(() => (progress.isSettled = true))
    settled.catch(() => undefined)
    await setImmediate()
    for (let look = 0; !progress.isSettled && look < 60 * LOOKS_PER_SECOND; look += 1) {
      await this.#surroundings.clock.advance(LOOK_EVERY_MS)
    }
    return settled
  }

  /** A service of an application of its own, with this many instances; waits until they run, unless told otherwise. */
  async deploy(name: string, descriptor: object = {}, { replicas = 1, runs = true } = {}): Promise<void> {
    const service = { microservice_name: name, code: 'fake://run', memory: 100, vcpus: 0, replicas, ...descriptor }
    const ids = await this.answer(this.#user.createApplication(`app${name}`, [service]))
    this.#services.set(name, ids[name] ?? '')
    if (runs) await this.until(`${name} runs`, () => this.whoRuns(name).split(' ').filter(Boolean).length === replicas)
    if (runs) await this.until(`${name} is seen running`, async () => (await this.see(name)).every(({ status }) => status === 'RUNNING'))
  }

  async undeploy(name: string): Promise<void> {
    this.#ids(name)
    await this.answer(this.#user.ok('DELETE', `/api/service/${this.#services.get(name)}`))
  }

  /** What the API says of the instances of a service. */
  async see(name: string): Promise<readonly SeenInstance[]> {
    return (await this.answer(this.#user.service(this.#services.get(name) ?? ''))).instance_list
  }

  /** Any call of the API, as the administrator. */
  call<T>(...request: Parameters<ApiUser['call']>): Promise<Answer<T>> {
    return this.answer(this.#user.call<T>(...request))
  }

  serviceId(name: string): string {
    return this.#services.get(name) ?? ''
  }

  /** Names of the machines on which instances of a service live, in order, once for each instance. */
  whoRuns(name: string): string {
    const { ledger } = this.#surroundings
    return this.#ids(name)
      .flatMap((id) => ledger.living(id).map(({ node }) => node))
      .toSorted()
      .join(' ')
  }

  cut(...names: readonly string[]): void {
    for (const name of names) this.system.network.cut(this.#child(name).id)
  }

  restore(...names: readonly string[]): void {
    for (const name of names) this.system.network.restore(this.#child(name).id)
  }

  /** The process dies, and its machine says so to everybody it was connected to. */
  async kill(name: string): Promise<void> {
    const { unit } = this.#role(name)
    unit.fence.kill()
    for (const link of this.#links(name)) this.system.network.breakOff(link)
    await this.answer(unit.stop().catch(() => undefined))
  }

  /** The process is asked to end. */
  async stop(name: string): Promise<void> {
    await this.answer(this.#role(name).unit.stop())
  }

  /** The machine is without power: nobody is told, and only its disk is left. */
  async powerOff(name: string): Promise<void> {
    const { unit } = this.#role(name)
    unit.fence.kill()
    for (const link of this.#links(name)) this.system.network.strand(link)
    const node = this.system.nodes.find((each) => each.name === name)
    if (node) {
      this.#surroundings.machines.get(name)?.losePower()
      node.kernel.damage(nodeTag(node.id), () => UNTOUCHED_KERNEL)
    }
    await this.answer(unit.stop().catch(() => undefined))
  }

  async start(name: string): Promise<void> {
    const { unit } = this.#role(name)
    unit.fence.revive()
    await this.answer(unit.start())
  }

  machine(node: string): LedgerMachine {
    return found(this.#surroundings.machines.get(node), node)
  }

  clock(name: string): RoleClock {
    return found(this.#surroundings.clocks.get(name), name)
  }

  store(name: string): FaultyStore {
    return found(this.#surroundings.stores.get(name), name)
  }

  /** Lets everything go without waiting for what hangs. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const { fence } of this.system.roles) fence.kill()
    const ended = this.system[Symbol.asyncDispose]().catch(() => undefined)
    await Promise.race([ended, this.#surroundings.clock.advance(END_MS)])
  }

  #ids(service: string): readonly string[] {
    const known = this.#known.get(service) ?? new Set()
    for (const { id, serviceId } of rootInstances.all(this.store('root'))) if (serviceId === this.#services.get(service)) known.add(id)
    this.#known.set(service, known)
    return [...known]
  }

  #child(name: string): ClusterUnit | NodeUnit {
    return found(
      [...this.system.clusters, ...this.system.nodes].find((each) => each.name === name),
      name,
    )
  }

  #role(name: string): { readonly unit: RoleUnit } {
    return name === 'root' ? { unit: this.system.root } : this.#child(name)
  }

  /** Every link that ends at this process. */
  #links(name: string): readonly string[] {
    if (name === 'root') return this.system.clusters.map(({ id }) => id)
    const child = this.#child(name)
    return 'nodes' in child ? [child.id, ...child.nodes.map(({ id }) => id)] : [child.id]
  }

  async #describe(): Promise<string> {
    const services = [...this.#services.keys()]
    const lines = services.map((name) => `${name} lives on: ${this.whoRuns(name) || 'nothing'}`)
    if (!this.system.root.isRunning) return lines.join('\n')
    for (const name of services)
      for (const { instance_number: number, status, status_detail: detail } of await this.see(name).catch(() => []))
        lines.push(`${name}.${number} is seen as ${status}: ${detail}`)
    return lines.join('\n')
  }
}

function found<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new Error(`nothing is called ${name}`)
  return thing
}
