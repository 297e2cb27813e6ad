import type { LogEntry } from '../logs.ts'
import type { ExecResult, Workload, WorkloadSpec } from '../runtime.ts'
import { markOf } from '../workload-mark.ts'

/** What a machine runs and keeps, apart from any agent: it goes on while no agent looks. */
export class FakeMachine {
  readonly workloads = new Map<string, { spec: WorkloadSpec; workload: Workload }>()
  readonly images = new Set<string>()
  readonly logs = new Map<string, LogEntry[]>()
  /** Every start of a process, in order: restarts and duplicates show here. */
  readonly starts: { readonly id: string; readonly pid: number }[] = []
  /** Called before each act of a runtime; what it throws, the act throws, and nothing of it happens. */
  beforeAct: (act: string, id: string) => void = () => undefined
  /** Answers commands that are run inside workloads; `hang` never ends by itself. */
  answerExec: (id: string, command: readonly string[]) => ExecResult | 'hang' = () => ({ exitCode: 0, output: '' })
  readonly #listeners = new Set<(id: string) => void>()
  #nextPid = 100

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  changed(id: string): void {
    for (const listener of [...this.#listeners]) listener(id)
  }

  run(spec: WorkloadSpec): Workload {
    const pid = this.#nextPid++
    this.starts.push({ id: spec.id, pid })
    return this.put(spec, { state: 'running', pid })
  }

  put(spec: WorkloadSpec, state: Workload['state']): Workload {
    const workload = { ...markOf(spec), state }
    this.workloads.set(spec.id, { spec, workload })
    return workload
  }

  /** A process ends, by itself or by somebody else's hand. Ending what does not run changes nothing. */
  exit(id: string, exitCode: number, options: { readonly outOfMemory?: boolean; readonly atMs?: number } = {}): void {
    const known = this.workloads.get(id)
    if (known?.workload.state.state !== 'running') return
    this.put(known.spec, { state: 'exited', exitCode, outOfMemory: options.outOfMemory ?? false, finishedAtMs: options.atMs ?? 0 })
    this.changed(id)
  }

  print(id: string, stream: 'stdout' | 'stderr', line: string, timeMs: number): void {
    const entries = this.logs.get(id)
    if (!entries) return
    entries.push({ timeMs, stream, line, partial: false })
    this.changed(`log ${id}`)
  }

  /** Ids of what runs. */
  running(): readonly string[] {
    return [...this.workloads].filter(([, { workload }]) => workload.state.state === 'running').map(([id]) => id)
  }
}
