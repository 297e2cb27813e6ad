import { OakError, silentLogger } from '@oakestra/base'
import { recordingLogger, seededIds, seededRandom, VirtualClock } from '@oakestra/base/testing'
import type { Zone } from '@oakestra/dns'
import type { InstanceSpec, Interest, NodeFacts, ObservedInstance } from '@oakestra/model'
import { createFakeNetwork, FakeKernel } from '@oakestra/net/testing'
import { createFakeLogKeeper, createFakeRuntime, FakeMachine } from '@oakestra/runtime/testing'
import { createParentSessions, OUTBOX_COLLECTIONS, Outbox, type ParentSessions } from '@oakestra/session'
import { MemoryNetwork } from '@oakestra/session/testing'
import type { Store } from '@oakestra/store'
import { createMemoryStore } from '@oakestra/store/testing'
import { overlaySubject, RESOLVE_METHOD } from '@oakestra/wire'
import { createNode, type Node, nodeTag } from '../create-node.ts'
import type { OverlayMeans } from '../overlay/overlay.ts'
import { type LocalInstance, localInstances, NODE_COLLECTIONS } from '../state.ts'
import { createFakeInstanceFiles } from './fake-instance-files.ts'
import { FakeProber } from './fake-prober.ts'
import { FakeProbes } from './fake-probes.ts'
import { ID } from './life-samples.ts'

export const NODE = '0123456789abcdef01234567'
export const PLACE = { subnetV4: '10.18.0.0/26', subnetV6: 'fc00::/120' }
// Many times what anything here takes; a step is short beside every time that is tested.
const STEP_MS = 50
const STEPS_MAX = 20_000

/** One node on virtual time, with a machine that outlives its agent and a cluster that only talks. */
export class TestNode implements AsyncDisposable {
  readonly clock = new VirtualClock()
  readonly machine = new FakeMachine()
  readonly kernel = new FakeKernel()
  readonly prober = new FakeProber()
  readonly probes = new FakeProbes(this.clock)
  /** Asks as a first packet to an address does; set while the slow path is open. */
  askFor: ((address: string) => Promise<boolean>) | undefined
  /** What the node answers when it is asked for names; set while it does. */
  zone: (() => Zone) | undefined
  /** What the cluster says about addresses that the node asks for: the service, or null. Unset: it is not able to answer. */
  readonly owners = new Map<string, string | null>()
  /** What the node asked for, in this order. */
  readonly asked: string[] = []
  readonly logger = recordingLogger()
  /** What the cluster was told last, by instance. */
  readonly told = new Map<string, ObservedInstance>()
  /** Services that the node said it wants to know. */
  readonly interests = new Set<string>()
  readonly facts: NodeFacts[] = []
  readonly hardware = { storageFreeMiB: 10_000, isRuntimeBroken: false, isDiskFull: false }
  readonly tag = nodeTag(NODE)
  readonly #random = seededRandom(7)
  readonly #network: MemoryNetwork
  readonly #memory = createMemoryStore({ collections: NODE_COLLECTIONS })
  readonly #clusterStore = createMemoryStore({ collections: OUTBOX_COLLECTIONS })
  #outbox: Outbox | undefined
  #cluster: ParentSessions | undefined
  #agent: Node | undefined

  constructor() {
    this.#network = new MemoryNetwork({ clock: this.clock, random: this.#random })
  }

  /** A node that runs, with a cluster that gave it its place. */
  static async start(): Promise<TestNode> {
    const node = new TestNode()
    await node.openCluster()
    await node.say('place', 'place', PLACE)
    await node.boot()
    return node
  }

  async openCluster(): Promise<void> {
    this.#outbox ??= await Outbox.open(this.#clusterStore, seededIds())
    this.#cluster = await createParentSessions({
      transport: this.#network.parent('cluster', 'node'),
      store: this.#clusterStore,
      outbox: this.#outbox,
      // Nobody joins and no certificate runs out.
      authority: {} as Parameters<typeof createParentSessions>[0]['authority'],
      admission: { enlist: async () => NODE, isWelcome: async () => true },
      handlers: {
        onConnected: async (_id, facts) => void this.facts.push(facts as NodeFacts),
        onDisconnected: () => undefined,
        onFacts: async (_id, facts) => void this.facts.push(facts as NodeFacts),
        onObserved: async (_writer, _id, { mode, put, gone }) => this.#hear(mode, put as (ObservedInstance | Interest)[], gone),
        onSamples: () => undefined,
        onRequest: async (_id, method, params) => this.#answer(method, params as { address: string }),
      },
      clock: this.clock,
      logger: silentLogger,
    })
  }

  async closeCluster(): Promise<void> {
    await this.#cluster?.[Symbol.asyncDispose]()
    this.#cluster = undefined
  }

  /** Starts an agent. */
  async boot(): Promise<void> {
    const { machine, clock, kernel, tag, hardware } = this
    const runtime = createFakeRuntime({ machine, clock })
    const check = async () => {
      if (hardware.isRuntimeBroken) throw new OakError('unavailable', 'containerd does not answer')
      return { version: 'fake' }
    }
    this.#agent = await createNode({
      id: NODE,
      name: 'n1',
      address: '192.0.2.1',
      dataDir: '/nowhere',
      version: 'test',
      labels: ['zone=a'],
      location: { lat: 48.1, lon: 11.5 },
      store: this.#store(),
      transport: this.#network.child({ kind: 'node', id: NODE }, 'cluster'),
      runtime: { ...runtime, check },
      logs: createFakeLogKeeper({ machine }),
      network: createFakeNetwork({ tag, kernel, clock }),
      machine: {
        hostname: 'n1',
        architecture: 'amd64',
        vcpus: 2,
        memoryMiB: 2048,
        storageFreeMiB: async () => hardware.storageFreeMiB,
        load: async () => ({ busyTicks: 0, totalTicks: 1, memoryPercent: 0 }),
      },
      files: createFakeInstanceFiles(),
      overlay: this.#means(),
      prober: this.prober,
      clock,
      random: this.#random,
      logger: this.logger,
    })
  }

  async explain(address?: string): Promise<readonly string[]> {
    return (await this.#agent?.explain(address)) ?? []
  }

  /** Stops the agent; what runs goes on. */
  async halt(): Promise<void> {
    const agent = this.#agent
    this.#agent = undefined
    await agent?.[Symbol.asyncDispose]()
  }

  /** The machine loses all that is not on its disk. */
  async losePower(): Promise<void> {
    await this.halt()
    this.machine.workloads.clear()
    const untouched = new FakeKernel().state(this.tag)
    this.kernel.damage(this.tag, () => untouched)
  }

  cut(): void {
    this.#network.cut(NODE)
  }

  restore(): void {
    this.#network.restore(NODE)
  }

  want(spec: InstanceSpec): Promise<void> {
    return this.say(spec.instanceId, 'instance', spec)
  }

  unwant(id: string): Promise<void> {
    return this.#clusterStore.write((writer) => this.#desired.remove(writer, NODE, id))
  }

  /** Puts anything at all into the node's document. */
  say(id: string, kind: string, body: unknown): Promise<void> {
    return this.#clusterStore.write((writer) => this.#desired.put(writer, NODE, { id, kind, body }))
  }

  /** What the agent remembers of an instance. */
  remembered(id: string): LocalInstance | undefined {
    return this.#memory.peekAt<LocalInstance>(localInstances, id)
  }

  startsOf(id: string): number {
    return this.machine.starts.filter((start) => start.id === id).length
  }

  isRunning(id: string): boolean {
    return this.machine.running().includes(id)
  }

  /** The instances that a service address leads to in the kernel. */
  serviceTargets(address: string): string {
    const tables = JSON.stringify(this.kernel.state(this.tag).tables)
    const element = new RegExp(`${address.replaceAll('.', '\\.')} \\. \\d+ : ([0-9.]+)`, 'g')
    return [...tables.matchAll(element)].map(([, target]) => target).join()
  }

  /** Lets virtual time pass until the cluster was told this of an instance. */
  sees(what: string, check: (seen: ObservedInstance) => boolean, id = ID): Promise<void> {
    return this.until(what, () => {
      const seen = this.told.get(id)
      return seen !== undefined && check(seen)
    })
  }

  runs(id = ID): Promise<void> {
    return this.sees('it runs', ({ state }) => state === 'running', id)
  }

  /** Lets virtual time pass until something is so. */
  async until(what: string, check: () => boolean): Promise<void> {
    for (let step = 0; !check(); step += 1) {
      if (step === STEPS_MAX) throw new Error(`gave up waiting until ${what}; told: ${JSON.stringify([...this.told.values()])}`)
      await this.clock.advance(STEP_MS)
    }
  }

  /** Lets virtual time pass. */
  pass(ms: number): Promise<void> {
    return this.clock.advance(ms)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.halt()
    await this.closeCluster()
  }

  #hear(mode: 'all' | 'change', put: readonly (ObservedInstance | Interest)[], gone: readonly string[]): void {
    if (mode === 'all') {
      this.told.clear()
      this.interests.clear()
    }
    for (const observed of put) {
      if ('kind' in observed) this.interests.add(observed.serviceId)
      else this.told.set(observed.instanceId, observed)
    }
    for (const id of gone) {
      this.told.delete(id)
      this.interests.delete(overlaySubject(id)?.id ?? '')
    }
  }

  #answer(method: string, { address }: { readonly address: string }): unknown {
    const serviceId = this.owners.get(address)
    if (method !== RESOLVE_METHOD || serviceId === undefined) throw new OakError('not-supported', `no ${method} here`)
    this.asked.push(address)
    return { serviceId }
  }

  #means(): OverlayMeans {
    return {
      tunnel: { port: 50_103 },
      probes: this.probes,
      openSlowPath: async (resolve) => {
        this.askFor = (address) => resolve(address, AbortSignal.timeout(60_000))
        const stats = { asked: 0, reinjected: 0, dropped: 0, waiting: 0 }
        return { stats, [Symbol.asyncDispose]: async () => void (this.askFor = undefined) }
      },
      openResponder: async (_addresses, zone) => {
        this.zone = zone
        return { port: 53, [Symbol.asyncDispose]: async () => void (this.zone = undefined) }
      },
    }
  }

  get #desired(): Outbox {
    if (!this.#outbox) throw new Error('there is no cluster yet')
    return this.#outbox
  }

  #store(): Store {
    const { hardware } = this
    const memory = this.#memory
    return {
      read: (section) => memory.read(section),
      write: (section) =>
        memory.write(async (writer) => {
          const result = await section(writer)
          if (hardware.isDiskFull) throw new OakError('unavailable', 'the disk is full: make room')
          return result
        }),
      onCommit: (listener) => memory.onCommit(listener),
      [Symbol.asyncDispose]: async () => undefined,
    }
  }
}
