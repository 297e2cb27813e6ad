import type { Clock } from '@oakestra/base'
import type { Workload } from '@oakestra/runtime'
import type { LocalInstance } from './state.ts'

interface Run {
  readonly pid: number
  readonly sinceMs: number
  readonly untilMs?: number
}

/** For how long processes run, on the monotonic clock: those that ran before this agent count from its start. */
export class RunTimes {
  readonly #clock: Clock
  readonly #runs = new Map<string, Run>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Notes what the runtime said of an instance. */
  note(id: string, workload: Workload | undefined): void {
    const nowMs = this.#clock.monotonicMs()
    const run = this.#runs.get(id)
    if (workload?.state.state === 'running') {
      if (run?.pid !== workload.state.pid) this.#runs.set(id, { pid: workload.state.pid, sinceMs: nowMs })
    } else if (workload?.state.state !== 'exited') this.#runs.delete(id)
    else if (run && run.untilMs === undefined) this.#runs.set(id, { ...run, untilMs: nowMs })
  }

  /** Milliseconds for which the present, or last, process has run. For one that ended unseen the records must do. */
  ranMs(local: LocalInstance | undefined, workload: Workload | undefined): number {
    const run = workload && this.#runs.get(workload.id)
    if (run) return (run.untilMs ?? this.#clock.monotonicMs()) - run.sinceMs
    if (workload?.state.state !== 'exited' || local?.startedAtMs === undefined) return 0
    return Math.max(0, workload.state.finishedAtMs - local.startedAtMs)
  }
}
