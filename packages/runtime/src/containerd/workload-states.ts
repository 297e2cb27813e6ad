import type { Logger } from '@oakestra/base'
import { OakError } from '@oakestra/base'
import type { Workload, WorkloadState } from '../runtime.ts'
import { markOf } from '../workload-mark.ts'
import type { Cgroups } from './cgroups.ts'
import type { ContainerRecord, Containers, RecordedExit } from './containers.ts'
import type { TaskState, Tasks } from './tasks.ts'

export interface WorkloadStatesOptions {
  readonly containers: Containers
  readonly tasks: Tasks
  readonly cgroups: Cgroups
  readonly logger: Logger
}

/** Puts together what containerd knows in two places: the record of a container, and its task. */
export class WorkloadStates {
  readonly #options: WorkloadStatesOptions

  constructor(options: WorkloadStatesOptions) {
    this.#options = options
  }

  async list(signal?: AbortSignal): Promise<readonly Workload[]> {
    const { containers, tasks } = this.#options
    // Records first: a task that is missing then was removed or never made, and is asked for again below.
    const records = await containers.list(signal)
    const listed = await tasks.list(signal)
    return Promise.all(
      records.map(async (record) => this.#workload(record, listed.get(record.id) ?? (await tasks.get(record.id, signal)), signal)),
    )
  }

  async get(id: string, signal?: AbortSignal): Promise<Workload | undefined> {
    const record = await this.#options.containers.get(id, signal)
    return record && this.#workload(record, await this.#options.tasks.get(id, signal), signal)
  }

  /** Writes an exit down as soon as it is known. Failing is no harm: the next look does it. */
  async noteExit(id: string, signal?: AbortSignal): Promise<void> {
    await this.get(id, signal).catch((thrown: unknown) => this.#options.logger.debug('exit not looked at', { container: id, err: thrown }))
  }

  async #workload(record: ContainerRecord, task: TaskState | undefined, signal?: AbortSignal): Promise<Workload> {
    return { ...markOf(record), state: await this.#state(record, task, signal) }
  }

  async #state(record: ContainerRecord, task: TaskState | undefined, signal?: AbortSignal): Promise<WorkloadState> {
    if (task?.state === 'running') return task
    if (record.exit) return { state: 'exited', ...record.exit }
    if (task?.state !== 'stopped') return { state: 'created' }
    const exit = await this.#exitOf(record.id, task)
    await this.#record(record.id, exit, signal)
    return { state: 'exited', ...exit }
  }

  async #exitOf(id: string, { exitCode, exitedAtMs }: Extract<TaskState, { state: 'stopped' }>): Promise<RecordedExit> {
    // The kernel's counter is asked, not containerd's events: those are lost while the agent is away. A child that was
    // ended does not make the end of a process that coped with it a failure.
    const outOfMemory = exitCode !== 0 && (await this.#options.cgroups.hadOutOfMemory(id))
    return { exitCode, outOfMemory, finishedAtMs: exitedAtMs }
  }

  async #record(id: string, exit: RecordedExit, signal?: AbortSignal): Promise<void> {
    await this.#options.containers.recordExit(id, exit, signal).catch((thrown: unknown) => {
      if (thrown instanceof OakError && thrown.code === 'aborted') throw thrown
      this.#options.logger.warn('exit not written down', { container: id, err: thrown })
    })
  }
}
