import type { Usage } from '@oakestra/model'

/** A directory or file of the machine that a workload sees. */
export interface Mount {
  readonly source: string
  readonly target: string
  readonly readonly: boolean
}

/** Everything needed to start one workload. Paths are absolute and chosen by the agent, never by a user. */
export interface WorkloadSpec {
  /** Unique on this machine; for containers it is the container's id. */
  readonly id: string
  /** Another revision is another process: `start` refuses to reuse what runs. */
  readonly revision: number
  /** Kept with the workload and told again: how many restarts were asked for before it was started. Absent counts as 0. */
  readonly restartsAsked?: number
  /** For people who look with the runtime's own tools. */
  readonly labels: Readonly<Record<string, string>>
  readonly image: string
  readonly command: readonly string[]
  readonly environment: readonly string[]
  readonly hostname: string
  /** Hard limits; absent means none. Storage is the size of a virtual machine's disk, and no matter to others. */
  readonly limits: { readonly memoryBytes?: number; readonly cpus?: number; readonly pids?: number; readonly storageBytes?: number }
  readonly privileged: boolean
  /** Network namespace that was prepared for it. */
  readonly netnsPath: string
  readonly mounts: readonly Mount[]
  /** Files that receive what it prints. They exist; the runtime only appends. */
  readonly stdoutPath: string
  readonly stderrPath: string
}

/** The runtime's own facts about a workload. An exit is kept until the workload is removed, over restarts of the agent. */
export type WorkloadState =
  | { readonly state: 'created' }
  | { readonly state: 'running'; readonly pid: number }
  | { readonly state: 'exited'; readonly exitCode: number; readonly outOfMemory: boolean; readonly finishedAtMs: number }

export interface Workload {
  readonly id: string
  readonly revision: number
  readonly restartsAsked?: number
  readonly state: WorkloadState
}

/** How far the preparation of an image is. */
export interface ImageProgress {
  readonly phase: 'resolving' | 'downloading' | 'unpacking'
  readonly bytesDone: number
  readonly bytesTotal?: number
}

/** A command to run beside a workload's own process. */
export interface ExecOptions {
  readonly command: readonly string[]
  /** It is killed after this time. */
  readonly timeoutMs: number
}

export interface ExecResult {
  /** 127 for a command that cannot be run. */
  readonly exitCode: number
  /** The beginning of what it printed on both streams, at most 4 KiB. */
  readonly output: string
}

/** What a runtime that works says of itself. */
export interface RuntimeCheck {
  readonly version: string
  /** `key=value`: what descriptors may ask of a node with this runtime. */
  readonly labels?: readonly string[]
}

/**
 * Runs workloads of one kind. Every call may be repeated: after a crash of the agent it continues what was begun.
 * Workloads outlive the agent. Contract: `testing/runtime-contract.ts`.
 */
export interface Runtime extends AsyncDisposable {
  readonly name: string
  /** Words a descriptor may name in `virtualization` to get this runtime. */
  readonly virtualizations: readonly string[]
  /** Set on one that stands for several. */
  readonly parts?: readonly Runtime[]
  /** @throws OakError `unavailable` with what to do, when the runtime cannot be used now */
  check(signal?: AbortSignal): Promise<RuntimeCheck>
  /**
   * Makes the image present and unpacked; returns at once when it is.
   * @throws OakError `image-not-found` or `image-invalid` (not retryable), `unavailable` (retryable)
   */
  ensureImage(image: string, onProgress: (progress: ImageProgress) => void, signal?: AbortSignal): Promise<void>
  /** All workloads of this agent, in any state. A question that cannot be answered throws; it never reads as "none". */
  list(signal?: AbortSignal): Promise<readonly Workload[]>
  get(id: string, signal?: AbortSignal): Promise<Workload | undefined>
  /** Creates and starts; a half-made workload of the same id is made anew; a running one of the same revision is left alone. */
  start(spec: WorkloadSpec, signal?: AbortSignal): Promise<Workload>
  /** Asks it to end, then ends it after `graceMs`. Resolves when it has exited. Stopping what does not run is no error. */
  stop(id: string, options: { readonly graceMs: number }, signal?: AbortSignal): Promise<void>
  /** Removes every trace, killing what runs. Removing what is not there is no error. */
  remove(id: string, signal?: AbortSignal): Promise<void>
  /**
   * Runs a command inside a running workload, as the workload's user.
   * @throws OakError `not-found` when it does not run, `deadline-exceeded`, `limit-exceeded` for a command that prints without end
   */
  exec(id: string, options: ExecOptions, signal?: AbortSignal): Promise<ExecResult>
  /** Resource use of all running workloads. */
  usage(signal?: AbortSignal): Promise<ReadonlyMap<string, Usage>>
  /** Calls `listener` with the id of a workload that changed by itself. Events may be lost or repeated: look, don't trust. */
  onChange(listener: (id: string) => void): () => void
}
