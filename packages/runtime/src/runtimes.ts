import { OakError } from '@oakestra/base'
import type { Usage } from '@oakestra/model'
import type { ExecOptions, ExecResult, ImageProgress, Runtime, Workload, WorkloadSpec } from './runtime.ts'

/** The runtimes that one is made of; itself when it is made of none. */
export function runtimesOf(runtime: Runtime): readonly Runtime[] {
  return runtime.parts ?? [runtime]
}

/**
 * The runtime that a word of a descriptor's `virtualization` stands for.
 * @throws OakError `unavailable` when none of them offers it, such as one that was switched off since
 */
export function runtimeFor(runtime: Runtime, virtualization: string): Runtime {
  const found = runtimesOf(runtime).find((part) => part.virtualizations.includes(virtualization))
  if (!found)
    throw new OakError('unavailable', `this node does not offer ${virtualization} now: it offers ${runtime.virtualizations.join(', ')}`)
  return found
}

/**
 * Several runtimes as one, for whoever asks about workloads by their ids. What is to be made is asked of the right one, by
 * `runtimeFor`: an image's name alone does not say what it is for.
 */
export function joinRuntimes(first: Runtime, ...others: readonly Runtime[]): Runtime {
  return others.length === 0 ? first : new JoinedRuntimes(first, others)
}

class JoinedRuntimes implements Runtime {
  readonly parts: readonly Runtime[]
  readonly name: string
  readonly virtualizations: readonly string[]
  /** For whoever does not choose. */
  readonly #first: Runtime

  constructor(first: Runtime, others: readonly Runtime[]) {
    const parts = [first, ...others]
    this.#first = first
    this.parts = parts
    this.name = parts.map(({ name }) => name).join('+')
    this.virtualizations = parts.flatMap((part) => part.virtualizations)
  }

  async check(signal?: AbortSignal): Promise<{ readonly version: string }> {
    const found = await Promise.all(this.parts.map((part) => part.check(signal)))
    return { version: found.map(({ version }) => version).join(', ') }
  }

  ensureImage(image: string, onProgress: (progress: ImageProgress) => void, signal?: AbortSignal): Promise<void> {
    return this.#first.ensureImage(image, onProgress, signal)
  }

  async list(signal?: AbortSignal): Promise<readonly Workload[]> {
    return (await Promise.all(this.parts.map((part) => part.list(signal)))).flat()
  }

  async get(id: string, signal?: AbortSignal): Promise<Workload | undefined> {
    const found = await Promise.all(this.parts.map((part) => part.get(id, signal)))
    return found.find((workload) => workload !== undefined)
  }

  start(spec: WorkloadSpec, signal?: AbortSignal): Promise<Workload> {
    return this.#first.start(spec, signal)
  }

  async stop(id: string, options: { readonly graceMs: number }, signal?: AbortSignal): Promise<void> {
    await Promise.all(this.parts.map((part) => part.stop(id, options, signal)))
  }

  async remove(id: string, signal?: AbortSignal): Promise<void> {
    await Promise.all(this.parts.map((part) => part.remove(id, signal)))
  }

  async exec(id: string, options: ExecOptions, signal?: AbortSignal): Promise<ExecResult> {
    for (const part of this.parts) if (await part.get(id, signal)) return part.exec(id, options, signal)
    return this.#first.exec(id, options, signal)
  }

  async usage(signal?: AbortSignal): Promise<ReadonlyMap<string, Usage>> {
    const all = await Promise.all(this.parts.map((part) => part.usage(signal)))
    return new Map(all.flatMap((usage) => [...usage]))
  }

  onChange(listener: (id: string) => void): () => void {
    const unsubscribe = this.parts.map((part) => part.onChange(listener))
    return () => {
      for (const one of unsubscribe) one()
    }
  }

  /** They belong to whoever made them. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.resolve()
  }
}
