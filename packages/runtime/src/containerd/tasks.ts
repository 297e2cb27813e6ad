import { constants } from 'node:os'
import { OakError } from '@oakestra/base'
import { type Process, type SnapshotMount, TaskStatus, TasksDefinition } from './api.ts'
import type { ContainerdClient } from './client.ts'
import { runtimeOptions } from './containers.ts'
import { hasCode, ignoring } from './grpc/status.ts'

// Creating mounts a root file system and starts two processes; on a loaded single-board computer that takes seconds.
const CREATE_TIMEOUT_MS = 120_000
// After SIGKILL a process ends unless it hangs in the kernel, for example on a dead network file system.
const KILL_TIMEOUT_MS = 30_000

/** A container's process, as long as containerd knows of it. */
export type TaskState =
  | { readonly state: 'created' }
  | { readonly state: 'running'; readonly pid: number }
  | { readonly state: 'stopped'; readonly exitCode: number; readonly exitedAtMs: number }

export interface CreateTask {
  readonly id: string
  readonly rootfs: readonly SnapshotMount[]
  /**
   * Plain files: the shim opens each for appending and needs no reader, so that a container runs on while the agent is away
   * and what it prints is kept, by stream. Only what is a FIFO is treated as one; `file://` would put both in one file.
   */
  readonly stdoutPath: string
  readonly stderrPath: string
  readonly ociRuntime: string | undefined
}

/** containerd's tasks. A stopped one keeps its exit status until it is deleted. */
export class Tasks {
  readonly #client: ContainerdClient

  constructor(client: ContainerdClient) {
    this.#client = client
  }

  /** Tasks by container. One whose shim did not answer is missing here: ask `get`, which can tell. */
  async list(signal?: AbortSignal): Promise<ReadonlyMap<string, TaskState>> {
    const { tasks } = await this.#client.call(TasksDefinition, 'list', {}, { signal })
    const states = new Map<string, TaskState>()
    for (const task of tasks) {
      const state = stateOf(task)
      if (state) states.set(task.id, state)
    }
    return states
  }

  /** @throws OakError `unavailable` when its state cannot be learnt: that is not "none" */
  async get(id: string, signal?: AbortSignal): Promise<TaskState | undefined> {
    const answer = await this.#client.call(TasksDefinition, 'get', { containerId: id }, { signal }).catch(ignoring('not-found'))
    if (!answer?.process) return undefined
    const state = stateOf(answer.process)
    if (!state) throw new OakError('unavailable', `the state of container ${id} is unknown to containerd`)
    return state
  }

  async create(task: CreateTask, signal?: AbortSignal): Promise<void> {
    const request = {
      containerId: task.id,
      rootfs: [...task.rootfs],
      stdout: task.stdoutPath,
      stderr: task.stderrPath,
      options: runtimeOptions(task.ociRuntime),
    }
    await this.#client.call(TasksDefinition, 'create', request, { signal, timeoutMs: CREATE_TIMEOUT_MS })
  }

  /** @returns the process's id */
  async start(id: string, signal?: AbortSignal): Promise<number> {
    const { pid } = await this.#client.call(TasksDefinition, 'start', { containerId: id }, { signal, timeoutMs: CREATE_TIMEOUT_MS })
    return pid
  }

  /** Signalling what has ended is no error. @param toAll every process of the container instead of its first */
  async kill(id: string, signalNumber: number, toAll: boolean, signal?: AbortSignal): Promise<void> {
    const request = { containerId: id, signal: signalNumber, all: toAll }
    await this.#client.call(TasksDefinition, 'kill', request, { signal }).catch(ignoring('not-found', 'conflict'))
  }

  /**
   * Waits for the end of the process; resolves at once when there is none.
   * @throws OakError `deadline-exceeded` after `timeoutMs`
   */
  async waitForExit(id: string, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    await this.#client.call(TasksDefinition, 'wait', { containerId: id }, { signal, timeoutMs }).catch(ignoring('not-found'))
  }

  /** Ends the process for good, all its descendants included. */
  async killHard(id: string, signal?: AbortSignal): Promise<void> {
    await this.kill(id, constants.signals.SIGKILL, true, signal)
    await this.waitForExit(id, KILL_TIMEOUT_MS, signal)
  }

  /** Ends what runs and lets containerd forget it. Nothing to remove is no error. */
  async remove(id: string, signal?: AbortSignal): Promise<void> {
    const state = await this.get(id, signal)
    if (!state) return
    if (state.state === 'running') await this.killHard(id, signal)
    const ask = () => this.#client.call(TasksDefinition, 'delete', { containerId: id }, { signal }).catch(ignoring('not-found'))
    await ask().catch(async (thrown: unknown) => {
      // A task that was created but never started has a process that waits: it is ended like a running one.
      if (!hasCode(thrown, 'conflict')) throw thrown
      await this.killHard(id, signal)
      await ask()
    })
  }
}

/** `undefined` for a state that containerd itself does not know. */
function stateOf({ status, pid, exitStatus, exitedAt }: Process): TaskState | undefined {
  switch (status) {
    case TaskStatus.CREATED:
      return { state: 'created' }
    case TaskStatus.RUNNING:
    case TaskStatus.PAUSED:
    case TaskStatus.PAUSING:
      return { state: 'running', pid }
    case TaskStatus.STOPPED:
      return { state: 'stopped', exitCode: exitStatus, exitedAtMs: exitedAt?.getTime() ?? 0 }
    default:
      return undefined
  }
}
