import { setMaxListeners } from 'node:events'
import { type Clock, type Logger, OakError, type Random, throwIfAborted } from '@oakestra/base'
import type { Usage } from '@oakestra/model'
import { KeyedMutex } from '../keyed-mutex.ts'
import type { RootFileSystems } from '../root-file-systems.ts'
import type { ExecOptions, ExecResult, ImageProgress, Runtime, Workload, WorkloadSpec } from '../runtime.ts'
import { VersionDefinition } from './api.ts'
import type { Cgroups } from './cgroups.ts'
import type { ContainerdClient } from './client.ts'
import { type Containers, checkContainerId } from './containers.ts'
import { EventStream } from './event-stream.ts'
import type { Executor } from './exec.ts'
import { hasCode } from './grpc/status.ts'
import type { ImagePuller } from './images/puller.ts'
import { endAbandonedLeases, type LeaseMaker } from './leases.ts'
import { signalNumber } from './signals.ts'
import type { Snapshots } from './snapshots.ts'
import type { Starter } from './starter.ts'
import { endStrayShims } from './stray-shims.ts'
import type { Tasks } from './tasks.ts'
import type { UsageMeter } from './usage-meter.ts'
import type { WorkloadStates } from './workload-states.ts'

export interface ContainerdRuntimeParts {
  readonly socketPath: string
  readonly client: ContainerdClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly containers: Containers
  readonly tasks: Tasks
  readonly snapshots: Snapshots
  readonly cgroups: Cgroups
  readonly leases: LeaseMaker
  readonly puller: ImagePuller
  readonly rootFileSystems: RootFileSystems
  readonly states: WorkloadStates
  readonly starter: Starter
  readonly meter: UsageMeter
  readonly executor: Executor
}

/** Containers behind the `Runtime` interface. Keeps nothing in memory that it would miss after a restart. */
export class ContainerdRuntime implements Runtime {
  readonly name = 'containerd'
  /** What upstream calls a container after its root rewrote the descriptor. `reference/worker.md` 5. */
  readonly virtualizations = ['container', 'docker']
  readonly rootFileSystems: RootFileSystems
  readonly #parts: ContainerdRuntimeParts
  readonly #events: EventStream
  readonly #listeners = new Set<(id: string) => void>()
  /** Making and removing one container exclude each other. */
  readonly #changes = new KeyedMutex()
  readonly #closed = new AbortController()
  #abandonedCleared: Promise<void> | undefined

  constructor(parts: ContainerdRuntimeParts) {
    this.#parts = parts
    this.rootFileSystems = parts.rootFileSystems
    const { client, clock, random, logger } = parts
    // Each of many containers that end at once is looked at under it.
    setMaxListeners(0, this.#closed.signal)
    this.#events = new EventStream({
      client,
      clock,
      random,
      logger,
      onTask: (id) => void this.#onTask(id),
      onGap: () => void this.#onGap(),
    })
  }

  async check(signal?: AbortSignal): Promise<{ readonly version: string }> {
    const { client, socketPath } = this.#parts
    try {
      return { version: (await client.call(VersionDefinition, 'version', {}, { signal })).version }
    } catch (cause) {
      if (hasCode(cause, 'aborted')) throw cause
      const advice = 'start it, or let the node start its own'
      throw new OakError('unavailable', `containerd does not answer at ${socketPath}: ${advice}`, { cause })
    }
  }

  ensureImage(image: string, onProgress: (progress: ImageProgress) => void, signal?: AbortSignal): Promise<void> {
    return this.#parts.puller.ensure(image, onProgress, signal)
  }

  async list(signal?: AbortSignal): Promise<readonly Workload[]> {
    await this.#clearAbandoned()
    return this.#parts.states.list(signal)
  }

  get(id: string, signal?: AbortSignal): Promise<Workload | undefined> {
    return this.#parts.states.get(id, signal)
  }

  async start(spec: WorkloadSpec, signal?: AbortSignal): Promise<Workload> {
    checkContainerId(spec.id)
    return this.#changes.run(spec.id, () => this.#start(spec, signal))
  }

  async stop(id: string, options: { readonly graceMs: number }, signal?: AbortSignal): Promise<void> {
    const { containers, tasks } = this.#parts
    const task = await tasks.get(id, signal)
    if (!task || task.state === 'stopped') return
    const record = await containers.get(id, signal)
    await tasks.kill(id, signalNumber(record?.stopSignal), false, signal)
    try {
      await tasks.waitForExit(id, options.graceMs, signal)
    } catch (thrown) {
      if (!hasCode(thrown, 'deadline-exceeded')) throw thrown
      await tasks.killHard(id, signal)
    }
  }

  remove(id: string, signal?: AbortSignal): Promise<void> {
    return this.#changes.run(id, () => this.#remove(id, signal))
  }

  async exec(id: string, options: ExecOptions, signal?: AbortSignal): Promise<ExecResult> {
    const task = await this.#parts.tasks.get(id, signal)
    if (task?.state !== 'running') throw new OakError('not-found', `container ${id} does not run`)
    return this.#parts.executor.run(id, options, signal)
  }

  usage(signal?: AbortSignal): Promise<ReadonlyMap<string, Usage>> {
    return this.#parts.meter.measure(signal)
  }

  onChange(listener: (id: string) => void): () => void {
    // A wrapper of its own, so that the same function may listen twice.
    const entry = (id: string) => listener(id)
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#listeners.clear()
    this.#parts.puller.close()
    await this.#events[Symbol.asyncDispose]()
    await this.#parts.client[Symbol.asyncDispose]()
  }

  async #start(spec: WorkloadSpec, signal?: AbortSignal): Promise<Workload> {
    throwIfAborted(signal)
    const existing = await this.get(spec.id, signal)
    if (existing?.state.state === 'running') return this.#reuse(existing, spec)
    // Half made, or ended: its writable layer may hold anything.
    if (existing) await this.#remove(spec.id, signal)
    try {
      return await this.#parts.starter.start(spec, signal)
    } catch (thrown) {
      await this.#clearFailed(spec.id).catch((err: unknown) =>
        this.#parts.logger.warn('failed start not cleared away', { container: spec.id, err }),
      )
      throw thrown
    }
  }

  #reuse(existing: Workload, spec: WorkloadSpec): Workload {
    if (existing.revision === spec.revision) return existing
    throw new OakError('conflict', `container ${spec.id} runs revision ${existing.revision}, not ${spec.revision}: remove it first`)
  }

  /** In the order in which each part stops using the next. */
  async #remove(id: string, signal?: AbortSignal): Promise<void> {
    const { tasks, containers, snapshots, cgroups } = this.#parts
    await tasks.remove(id, signal)
    await containers.remove(id, signal)
    await snapshots.remove(id, signal)
    await cgroups.remove(id)
  }

  async #clearFailed(id: string): Promise<void> {
    await this.#remove(id)
    await this.#endStrayShims((other) => other !== id && this.#changes.isBusy(other))
  }

  /** Once, when the daemon first answers: what earlier agents had begun when they were killed. */
  async #clearAbandoned(): Promise<void> {
    const clear = async () => {
      await endAbandonedLeases(this.#parts.leases)
      await this.#endStrayShims((id) => this.#changes.isBusy(id))
    }
    this.#abandonedCleared ??= clear()
    await this.#abandonedCleared.catch((err: unknown) => {
      this.#abandonedCleared = undefined
      this.#parts.logger.debug('what earlier agents left not cleared away', { err })
    })
  }

  #endStrayShims(isBeingMade: (id: string) => boolean): Promise<void> {
    const { client, socketPath, tasks, logger } = this.#parts
    const isKnown = async (id: string) => isBeingMade(id) || (await tasks.get(id)) !== undefined
    return endStrayShims({ socketPath, namespace: client.namespace }, isKnown, logger)
  }

  async #onTask(id: string): Promise<void> {
    // Written down before anyone is told: should the machine fail now, a one-shot that ended does not run again.
    // What is being removed or made anew has no exit to keep.
    if (!this.#changes.isBusy(id)) await this.#parts.states.noteExit(id, this.#closed.signal)
    this.#tell(id)
  }

  async #onGap(): Promise<void> {
    const workloads = await this.list(this.#closed.signal).catch((thrown: unknown) => {
      this.#parts.logger.debug('workloads not looked at', { err: thrown })
      return []
    })
    for (const { id } of workloads) this.#tell(id)
  }

  #tell(id: string): void {
    for (const listener of this.#listeners) listener(id)
  }
}
