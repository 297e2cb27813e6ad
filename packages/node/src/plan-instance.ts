import type { InstanceSpec } from '@oakestra/model'
import type { Workload } from '@oakestra/runtime'
import type { Ending, LocalInstance } from './state.ts'

/** Everything the next steps for one instance follow from. */
export interface InstanceSituation {
  /** Absent: it should not be here. */
  readonly spec: InstanceSpec | undefined
  /** Absent: no trace of it was ever made, or none is left. */
  readonly local: LocalInstance | undefined
  readonly workload: Workload | undefined
  readonly nowMs: number
}

/** One safe-to-repeat act. They are carried out in order; whatever fails, the next run plans anew from what is there then. */
export type Step =
  | { readonly do: 'stop' }
  | { readonly do: 'remove-workload' }
  | { readonly do: 'detach' }
  | { readonly do: 'forget' }
  | { readonly do: 'adopt-revision' }
  | { readonly do: 'ensure-image' }
  | { readonly do: 'attach' }
  | { readonly do: 'start' }
  /** It ended for good: completed, or a one-shot that failed. */
  | { readonly do: 'end'; readonly ending: Ending }
  /** It ended and shall run: note the strike and the time of the next start. */
  | { readonly do: 'strike'; readonly detail: string; readonly exitCode: number; readonly finishedAtMs: number }
  /** It runs, and the agent that started it did not live to write that down. */
  | { readonly do: 'note-start' }
  | { readonly do: 'wait'; readonly untilMs: number }
  /** What was done changes what is to do next: plan anew. */
  | { readonly do: 'look-again' }

/** What to do next for one instance. Creation is update from nothing, removal is update to nothing: one planner. */
export function planInstance(situation: InstanceSituation): readonly Step[] {
  const { spec, local, workload } = situation
  if (!spec || !local) return planRemoval(local, workload)
  if (local.spec.revision !== spec.revision || (workload && workload.revision !== spec.revision)) {
    return [...planEndOfWorkload(workload), { do: 'adopt-revision' }, { do: 'look-again' }]
  }
  if (local.ending) return planAfterEnding(local, workload)
  if (workload?.state.state === 'exited') return planExit(spec, local, workload.state)
  if (workload?.state.state === 'running') return planRunning(local)
  return planStart(local, situation.nowMs)
}

function planRunning(local: LocalInstance): readonly Step[] {
  const steps: Step[] = []
  if (!local.attached) steps.push({ do: 'attach' })
  if (local.startedAtMs === undefined || local.trouble) steps.push({ do: 'note-start' })
  return steps
}

function planStart(local: LocalInstance, nowMs: number): readonly Step[] {
  if (local.notBeforeMs !== undefined && local.notBeforeMs > nowMs) return [{ do: 'wait', untilMs: local.notBeforeMs }]
  return [{ do: 'ensure-image' }, { do: 'attach' }, { do: 'start' }]
}

function planExit(spec: InstanceSpec, local: LocalInstance, exit: Extract<Workload['state'], { state: 'exited' }>): readonly Step[] {
  const { exitCode, finishedAtMs } = exit
  const detail = describeExit(exit)
  if (!spec.oneShot) {
    // Killed in between, the agent finds an exit that it counted already.
    const strikes: Step[] = local.countedExitMs === finishedAtMs ? [] : [{ do: 'strike', detail, exitCode, finishedAtMs }]
    return [...strikes, { do: 'remove-workload' }, { do: 'look-again' }]
  }
  const state = exitCode === 0 ? 'completed' : 'failed'
  return [{ do: 'end', ending: { state, exitCode, detail } }, { do: 'remove-workload' }, { do: 'detach' }]
}

function planAfterEnding(local: LocalInstance, workload: Workload | undefined): readonly Step[] {
  const steps: Step[] = [...planEndOfWorkload(workload)]
  if (local.attached) steps.push({ do: 'detach' })
  return steps
}

function planRemoval(local: LocalInstance | undefined, workload: Workload | undefined): readonly Step[] {
  if (!local && !workload) return []
  const steps: Step[] = workload?.state.state === 'running' ? [{ do: 'stop' }] : []
  // Also when there is no workload: a start that was interrupted may have left less than one.
  steps.push({ do: 'remove-workload' })
  if (local) steps.push({ do: 'detach' })
  steps.push({ do: 'forget' })
  return steps
}

function planEndOfWorkload(workload: Workload | undefined): readonly Step[] {
  if (!workload) return []
  return workload.state.state === 'running' ? [{ do: 'stop' }, { do: 'remove-workload' }] : [{ do: 'remove-workload' }]
}

function describeExit(exit: Extract<Workload['state'], { state: 'exited' }>): string {
  if (exit.outOfMemory) return `ended by the kernel for using more memory than its limit (exit code ${exit.exitCode})`
  return `exited with code ${exit.exitCode}`
}
