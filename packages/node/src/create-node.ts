import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { type Clock, type Logger, OakError, type Random, toOakError } from '@oakestra/base'
import { type Controller, type ControllerStatus, createController } from '@oakestra/controller'
import type { NodeFacts } from '@oakestra/model'
import type { Network } from '@oakestra/net'
import type { LogKeeper, Runtime } from '@oakestra/runtime'
import { type ChildSession, type ChildTransport, createChildSession, Inbox, inboxItems, type Renewable } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { InstanceBook } from './instance-book.ts'
import { InstanceFiles } from './instance-files.ts'
import { InstanceReconciler } from './instance-reconciler.ts'
import { LogStreamer } from './log-streamer.ts'
import type { Machine } from './machine.ts'
import { NetworkKeeper } from './network-keeper.ts'
import { Sampler } from './sampler.ts'

// All that a node can have (`reference/network.md` 1.1: 61): one that waits for its image or its end must not hold up others.
const CONCURRENCY = 64
// For truth: what a third party did to containers or kernel is found and mended within this time.
const RESYNC_MS = 60_000

export interface NodeOptions {
  readonly id: string
  readonly name: string
  /** Address under which published ports answer. */
  readonly address: string
  readonly dataDir: string
  readonly version: string
  readonly store: Store
  readonly transport: ChildTransport
  /** Its own certificate at the cluster. */
  readonly renewable?: Renewable
  readonly runtime: Runtime
  readonly logs: LogKeeper
  readonly network: Network
  readonly machine: Machine
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** A running node agent. Disposing of it leaves workloads and traffic as they are. */
export interface Node extends AsyncDisposable {
  readonly connected: boolean
  controllers(): readonly ControllerStatus[]
  /** Resolves when nothing is left to do for now. */
  idle(): Promise<void>
}

/** Five hex digits that tell this node's kernel objects from those of other nodes on the same machine. */
export function nodeTag(nodeId: string): string {
  return createHash('sha256').update(nodeId).digest('hex').slice(0, 5)
}

/** Starts a node agent: finds what runs, connects to the cluster, and keeps instances as they are wanted. */
export async function createNode(options: NodeOptions): Promise<Node> {
  await mkdir(path.join(options.dataDir, 'instances'), { recursive: true, mode: 0o711 })
  const { store, clock, id, name, address } = options
  const book = new InstanceBook(store, clock, { nodeId: id, nodeName: name, hostAddress: address })
  await recover(book, options)
  const agent = new Agent(options, book)
  agent.start()
  return agent
}

/**
 * Looks at what runs before anything is decided, done or reported. The kernel and the service addresses must not lose an
 * instance that is only not known yet, so nothing else begins until the runtime has answered.
 */
async function recover(book: InstanceBook, { runtime, logger, logs }: NodeOptions): Promise<void> {
  const workloads = await runtime.list()
  const remembered = new Set(await book.ids())
  for (const workload of workloads) {
    book.noteWorkload(workload.id, workload)
    if (remembered.has(workload.id)) await logs.open(workload.id)
  }
  if (workloads.length > 0) logger.info('took over what runs', { instances: workloads.length })
}

class Agent implements Node {
  readonly #options: NodeOptions
  readonly #book: InstanceBook
  readonly #inbox: Inbox
  readonly #networkKeeper: NetworkKeeper
  readonly #reconciler: InstanceReconciler
  readonly #instances: Controller
  readonly #machine: Controller
  readonly #streamer: LogStreamer
  readonly #undo: (() => void)[] = []
  #session: ChildSession | undefined
  #sampler: Sampler | undefined

  constructor(options: NodeOptions, book: InstanceBook) {
    const { clock, random, logger, store, runtime, network, logs } = options
    this.#options = options
    this.#book = book
    this.#inbox = new Inbox(store)
    this.#networkKeeper = new NetworkKeeper(network, nodeTag(options.id), () => this.#book.networkView())
    this.#reconciler = new InstanceReconciler({
      book: this.#book,
      runtime,
      network,
      networkKeeper: this.#networkKeeper,
      logs,
      files: new InstanceFiles(path.join(options.dataDir, 'instances')),
      clock,
      random,
      documentKnown: async () => (await this.#inbox.head()) !== undefined,
    })
    const shared = { clock, random, logger, resyncMs: RESYNC_MS, backoff: { firstMs: 200, maxMs: 30_000 } }
    this.#instances = createController({ ...shared, name: 'instances', reconciler: this.#reconciler, concurrency: CONCURRENCY })
    const reconcileNetwork = async () => {
      await this.#networkKeeper.apply()
      return { state: 'settled' } as const
    }
    this.#machine = createController({
      ...shared,
      name: 'network',
      reconciler: { reconcile: reconcileNetwork, keys: async () => ['machine'] },
      concurrency: 1,
    })
    this.#streamer = new LogStreamer(logs, (id, signal) => options.transport.openStream(id, signal), logger)
  }

  get connected(): boolean {
    return this.#session?.connected ?? false
  }

  start(): void {
    const { clock, random, logger, transport, renewable, runtime, machine, store } = this.#options
    this.#undo.push(runtime.onChange((id) => this.#instances.nudge(id)))
    this.#undo.push(store.onCommit((changes) => this.#committed(changes)))
    this.#instances.nudgeAll()
    this.#machine.nudgeAll()
    this.#session = createChildSession({
      transport,
      inbox: this.#inbox,
      facts: () => this.#facts(),
      observed: this.#book,
      onRequest: (method, params) => this.#answer(method, params),
      ...(renewable && { renewable }),
      clock,
      random,
      logger,
    })
    const session = this.#session
    this.#sampler = new Sampler({ runtime, machine, clock, logger, send: (samples) => session.sendSamples(samples) })
  }

  controllers(): readonly ControllerStatus[] {
    return [this.#instances.status(), this.#machine.status()]
  }

  async idle(): Promise<void> {
    await this.#instances.idle()
    await this.#machine.idle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const undo of this.#undo) undo()
    this.#streamer.close()
    await this.#sampler?.[Symbol.asyncDispose]()
    await this.#session?.[Symbol.asyncDispose]()
    await this.#instances[Symbol.asyncDispose]()
    await this.#machine[Symbol.asyncDispose]()
  }

  #committed(changes: readonly Change[]): void {
    this.#book.committed(changes)
    for (const { key } of changes.filter(({ collection }) => collection === inboxItems.name)) {
      if (key === 'place') {
        this.#machine.nudgeAll()
        this.#instances.nudgeAll()
      } else {
        this.#reconciler.supersede(key)
        this.#instances.nudge(key)
      }
    }
  }

  async #answer(method: string, params: unknown): Promise<unknown> {
    if (method === 'logs.open') return this.#streamer.start(params)
    throw new OakError('not-supported', `a node does not answer ${method}`)
  }

  async #facts(): Promise<NodeFacts> {
    const { name, address, version, machine, runtime, network } = this.#options
    return {
      name,
      architecture: machine.architecture,
      vcpus: machine.vcpus,
      memoryMiB: machine.memoryMiB,
      storageFreeMiB: await machine.storageFreeMiB(),
      vgpus: 0,
      virtualizations: await this.#readyVirtualizations(runtime),
      occupiedPrefixes: await network.occupiedPrefixes(),
      address,
      version,
    }
  }

  /** A runtime that does not work offers nothing; the scheduler must not send anything to it. */
  async #readyVirtualizations(runtime: Runtime): Promise<readonly string[]> {
    try {
      await runtime.check()
      return runtime.virtualizations
    } catch (thrown) {
      this.#options.logger.error('a runtime does not work', { runtime: runtime.name, err: toOakError(thrown).message })
      return []
    }
  }
}
