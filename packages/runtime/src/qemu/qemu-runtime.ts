import { type Clock, type Logger, OakError, throwIfAborted } from '@oakestra/base'
import type { Usage } from '@oakestra/model'
import type { Cgroups } from '../containerd/cgroups.ts'
import type { UsageMeter } from '../containerd/usage-meter.ts'
import { KeyedMutex } from '../keyed-mutex.ts'
import type { ExecOptions, ExecResult, ImageProgress, Runtime, RuntimeCheck, Workload, WorkloadSpec } from '../runtime.ts'
import type { GuestKeeper } from './guest-keeper.ts'
import type { GuestStarter } from './guest-starter.ts'
import type { GuestImageSource } from './images/guest-image.ts'
import type { QemuFacts } from './machine/accelerator.ts'

export interface QemuRuntimeParts {
  readonly name: string
  readonly virtualizations: readonly string[]
  readonly clock: Clock
  readonly logger: Logger
  readonly images: GuestImageSource
  readonly keeper: GuestKeeper
  readonly starter: GuestStarter
  readonly cgroups: Cgroups
  readonly meter: UsageMeter
  /** @throws OakError `unavailable` when no guest can be run */
  readonly findQemu: () => Promise<QemuFacts>
}

/** A node says how it runs guests: `kvm`, or `tcg`, which is slower by far. */
const ACCELERATOR_LABEL = 'accelerator'
const STOP_POLL_MS = 20
// A guest that is still booting does not notice: it is asked again.
const POWER_BUTTON_MS = 1_000

/** Unikernels and virtual machines behind the `Runtime` interface: one QEMU process each, which outlives the agent. */
export class QemuRuntime implements Runtime {
  readonly name: string
  readonly virtualizations: readonly string[]
  readonly #parts: QemuRuntimeParts
  /** Making and removing one guest exclude each other. */
  readonly #changes = new KeyedMutex()

  constructor(parts: QemuRuntimeParts) {
    this.#parts = parts
    this.name = parts.name
    this.virtualizations = parts.virtualizations
  }

  async check(): Promise<RuntimeCheck> {
    const { version, accelerator } = await this.#parts.findQemu()
    return { version: `${version} (${accelerator})`, labels: [`${ACCELERATOR_LABEL}=${accelerator}`] }
  }

  ensureImage(image: string, onProgress: (progress: ImageProgress) => void, signal?: AbortSignal): Promise<void> {
    return this.#parts.images.ensure(image, onProgress, signal)
  }

  list(): Promise<readonly Workload[]> {
    return this.#parts.keeper.list()
  }

  get(id: string): Promise<Workload | undefined> {
    return this.#parts.keeper.get(id)
  }

  start(spec: WorkloadSpec, signal?: AbortSignal): Promise<Workload> {
    return this.#changes.run(spec.id, () => this.#start(spec, signal))
  }

  async stop(id: string, { graceMs }: { readonly graceMs: number }, signal?: AbortSignal): Promise<void> {
    const { keeper, clock } = this.#parts
    const untilMs = clock.monotonicMs() + graceMs
    let nextPressMs = 0
    while (await this.#runs(id)) {
      throwIfAborted(signal)
      const nowMs = clock.monotonicMs()
      if (nowMs >= untilMs) return keeper.end(id)
      if (nowMs >= nextPressMs) {
        await keeper.pressPowerButton(id)
        nextPressMs = nowMs + POWER_BUTTON_MS
      }
      await clock.sleep(STOP_POLL_MS)
    }
  }

  remove(id: string): Promise<void> {
    return this.#changes.run(id, () => this.#remove(id))
  }

  async exec(id: string, _options: ExecOptions): Promise<ExecResult> {
    if (!(await this.#runs(id))) throw new OakError('not-found', `guest ${id} does not run`)
    throw new OakError('not-supported', 'a unikernel or virtual machine runs no commands for its node')
  }

  usage(signal?: AbortSignal): Promise<ReadonlyMap<string, Usage>> {
    return this.#parts.meter.measure(signal)
  }

  onChange(listener: (id: string) => void): () => void {
    return this.#parts.keeper.onChange(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.images.close()
    this.#parts.keeper.close()
  }

  async #runs(id: string): Promise<boolean> {
    return (await this.#parts.keeper.get(id))?.state.state === 'running'
  }

  async #start(spec: WorkloadSpec, signal?: AbortSignal): Promise<Workload> {
    throwIfAborted(signal)
    const existing = await this.#parts.keeper.get(spec.id)
    if (existing?.state.state === 'running') {
      if (existing.revision === spec.revision) return existing
      throw new OakError('conflict', `guest ${spec.id} runs revision ${existing.revision}, not ${spec.revision}: remove it first`)
    }
    // Half made, or ended: its files may hold anything.
    if (existing) await this.#remove(spec.id)
    try {
      return await this.#parts.starter.start(spec, signal)
    } catch (thrown) {
      await this.#remove(spec.id).catch((err: unknown) =>
        this.#parts.logger.warn('failed start not cleared away', { instance: spec.id, err }),
      )
      throw thrown
    }
  }

  async #remove(id: string): Promise<void> {
    await this.#parts.keeper.remove(id)
    await this.#parts.cgroups.remove(id)
    await this.#parts.keeper.forget(id)
  }
}
