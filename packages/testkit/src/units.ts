import type { Cluster } from '@oakestra/cluster'
import type { FakeKernel } from '@oakestra/net/testing'
import type { Node } from '@oakestra/node'
import type { createFakeLogKeeper, FakeMachine } from '@oakestra/runtime/testing'
import type { Store } from '@oakestra/store'
import { CrashFence, fencedStore } from './crash-fence.ts'

/** One role with a store that outlives it: it can be stopped and started like a process. */
export class Unit<T extends AsyncDisposable> {
  readonly store: Store
  /** Lets tests kill it in the middle of what it does. */
  readonly fence = new CrashFence()
  readonly #start: (store: Store) => Promise<T>
  #running: T | undefined

  constructor(store: Store, start: (store: Store) => Promise<T>) {
    this.store = store
    this.#start = start
  }

  get isRunning(): boolean {
    return this.#running !== undefined
  }

  get running(): T {
    if (!this.#running) throw new Error('this role does not run now')
    return this.#running
  }

  async start(): Promise<void> {
    this.#running = await this.#start(fencedStore(this.store, this.fence))
  }

  async stop(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.[Symbol.asyncDispose]()
  }

  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }
}

/** What all roles have in common. */
export type RoleUnit = Pick<Unit<AsyncDisposable>, 'store' | 'fence' | 'isRunning' | 'start' | 'stop'>

export interface NodeUnit {
  readonly name: string
  readonly id: string
  readonly unit: Unit<Node>
  /** What the machine has, whether or not an agent runs on it. */
  readonly machine: FakeMachine
  readonly kernel: FakeKernel
  readonly logs: ReturnType<typeof createFakeLogKeeper>
}

export interface ClusterUnit {
  readonly name: string
  readonly id: string
  readonly unit: Unit<Cluster>
  readonly nodes: readonly NodeUnit[]
}
