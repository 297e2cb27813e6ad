import type { InstanceSpec } from '@oakestra/model'
import type { Workload } from '@oakestra/runtime'
import { isFromBeforeRestart, isRestartNew } from './asked-restart.ts'
import { isTooLong } from './contact/cluster-contact.ts'
import type { HealthVerdict } from './health/judge.ts'
import type { Ending, LocalInstance } from './state.ts'

// A service that ran well for this long gets a fresh start instead of a longer wait.
const STRIKES_FORGOTTEN_AFTER_MS = 60_000
// Decision 10 leaves it to the tier when the descriptor says nothing: as long as a node that left may stay away.
const SILENCE_BORNE_MS = 60_000
// The end of the silence is told; this is for truth.
const SILENCE_RECHECK_MS = 10_000

/** Everything the next steps for one instance follow from. */
export interface InstanceSituation {
  /** Absent: it should not be here. */
  readonly spec: InstanceSpec | undefined
  /** Absent: no trace of it was ever made, or none is left. */
  readonly local: LocalInstance | undefined
  readonly workload: Workload | undefined
  /** Why what the document says about it cannot be read; `spec` is then what was understood last. */
  readonly problem?: string
  /** Milliseconds until it may be started again. */
  readonly waitMs: number
  /** For how long its present, or last, process has run. */
  readonly ranMs: number
  /** Milliseconds since the cluster was last heard: 0 while it can be. */
  readonly silentMs: number
  /** Milliseconds for which nothing is started that does not run: the cluster may have news of it. */
  readonly startsInMs: number
  /** Absent: it has no health check, or does not run. */
  readonly health?: HealthVerdict
}

type Running = Extract<Workload['state'], { state: 'running' }>
type Exited = Extract<Workload['state'], { state: 'exited' }>
/** One that is wanted, and known here. */
type Present = InstanceSituation & { readonly spec: InstanceSpec; readonly local: LocalInstance }

/** One safe-to-repeat act. They are carried out in order; whatever fails, the next run plans anew from what is there then. */
export type Step =
  | { readonly do: 'stop' }
  | { readonly do: 'remove-workload' }
  | { readonly do: 'detach' }
  | { readonly do: 'forget' }
  /** Another revision is another process: everything that was counted begins anew. */
  | { readonly do: 'adopt-revision' }
  /** The same revision with other words, such as another term: nothing about the process changes. */
  | { readonly do: 'adopt-spec' }
  /** A restart was asked for: a new process of the same kind, at once. */
  | { readonly do: 'adopt-restart' }
  | { readonly do: 'ensure-image' }
  | { readonly do: 'attach' }
  | { readonly do: 'start' }
  /** It ended for good: completed, or failed and not to be started again. */
  | { readonly do: 'end'; readonly ending: Ending }
  /** It ended, or has to, and shall run: note the strike and the time of the next start. */
  | { readonly do: 'strike'; readonly strike: Strike }
  /** It ran well for long enough: what was before does not count any more. */
  | { readonly do: 'forgive' }
  /** It runs, and the agent that started it did not live to write that down. */
  | { readonly do: 'note-start' }
  | { readonly do: 'note-healthy' }
  | { readonly do: 'wait'; readonly on: string; readonly ms: number }
  /** What was done changes what is to do next: plan anew. */
  | { readonly do: 'look-again' }

/** Why a process ended, or has to. */
export interface Strike {
  readonly detail: string
  readonly exitCode?: number
  /** Names the end that is counted, so that it is counted once. */
  readonly finishedAtMs?: number
  /** The process that has to end. */
  readonly doomedPid?: number
  /** It had run for so long that strikes before it do not count. */
  readonly isFirst: boolean
}

/** What to do next for one instance. Creation is update from nothing, removal is update to nothing: one planner. */
export function planInstance(situation: InstanceSituation): readonly Step[] {
  const { spec, local, workload } = situation
  if (!spec || !local) return planRemoval(local, workload)
  if (local.spec.revision !== spec.revision || (workload && workload.revision !== spec.revision)) {
    return [...planEndOfWorkload(workload), { do: 'adopt-revision' }, { do: 'look-again' }]
  }
  if (local.ending) return planAfterEnding(local, workload)
  const present = { ...situation, spec, local }
  // Before anything that needs the disk: what must never run twice ends also when nothing can be written.
  if (isCutOff(situation)) return planSilence(present)
  if (isRestartNew(present) || isFromBeforeRestart(present)) return planAskedRestart(present)
  const isReworded = JSON.stringify(local.spec) !== JSON.stringify(spec)
  return [...(isReworded ? [{ do: 'adopt-spec' } as const] : []), ...planPresent(present)]
}

/** Noted before it is stopped: an agent that is killed in between, or on a full disk, neither forgets it nor does it twice. */
function planAskedRestart(present: Present): readonly Step[] {
  const note: readonly Step[] = isRestartNew(present) ? [{ do: 'adopt-restart' }] : []
  return [...note, ...planEndOfWorkload(present.workload), { do: 'look-again' }]
}

/** How much silence of its cluster an instance bears before it ends itself, in milliseconds; `undefined`: any. */
export function silenceBorneMs(spec: InstanceSpec | undefined): number | undefined {
  if (spec?.disconnect.action !== 'stop') return undefined
  return spec.disconnect.afterMs ?? SILENCE_BORNE_MS
}

/** True when it ends itself because its cluster may have started it elsewhere by now (decision 10, `stop`). */
export function isCutOff({ spec, silentMs }: InstanceSituation): boolean {
  const bearsMs = silenceBorneMs(spec)
  return bearsMs !== undefined && isTooLong(silentMs, bearsMs)
}

function planPresent(present: Present): readonly Step[] {
  const { local, workload, health } = present
  const state = workload?.state
  if (state?.state === 'running') {
    if (local.doomedPid === state.pid) return [{ do: 'stop' }, { do: 'remove-workload' }, { do: 'look-again' }]
    if (health?.state === 'unhealthy') return planUnhealthy(present, state, health)
    return planRunning(present)
  }
  return state?.state === 'exited' ? planExit(present, state) : planStart(present)
}

function planRunning({ local, health, ranMs }: Present): readonly Step[] {
  const steps: Step[] = []
  if (!local.attached) steps.push({ do: 'attach' })
  if (local.startedAtMs === undefined || local.trouble) steps.push({ do: 'note-start' })
  if (health?.state === 'healthy' && !local.healthy) steps.push({ do: 'note-healthy' })
  const worksWell = health === undefined || health.state === 'healthy'
  if (local.strikes === 0 || !worksWell) return steps
  const leftMs = STRIKES_FORGOTTEN_AFTER_MS - ranMs
  return [...steps, leftMs > 0 ? { do: 'wait', on: 'proof that it runs well', ms: leftMs } : { do: 'forgive' }]
}

function planStart({ waitMs, startsInMs }: Present): readonly Step[] {
  if (startsInMs > 0) return [{ do: 'wait', on: 'the first word from the cluster', ms: startsInMs }]
  if (waitMs > 0) return [{ do: 'wait', on: 'the time of the next start', ms: waitMs }]
  return [{ do: 'ensure-image' }, { do: 'attach' }, { do: 'start' }]
}

function planExit({ spec, local, ranMs }: Present, exit: Exited): readonly Step[] {
  const { exitCode, finishedAtMs } = exit
  const detail = describeExit(exit)
  // Killed in between, the agent finds an end that it counted, or decided, already.
  const isCounted = local.countedExitMs === finishedAtMs || local.doomedPid !== undefined
  if (isCounted) return [{ do: 'remove-workload' }, { do: 'look-again' }]
  if (isFinal(spec, exitCode)) {
    const state = exitCode === 0 ? 'completed' : 'failed'
    return [{ do: 'end', ending: { state, exitCode, detail } }, { do: 'remove-workload' }, { do: 'detach' }]
  }
  const strike = { detail, exitCode, finishedAtMs, isFirst: ranMs >= STRIKES_FORGOTTEN_AFTER_MS }
  return [{ do: 'strike', strike }, { do: 'remove-workload' }, { do: 'look-again' }]
}

/** Counted before it is stopped: an agent that is killed in between finishes what was decided. */
function planUnhealthy({ spec, local }: Present, { pid }: Running, { reason }: HealthVerdict): readonly Step[] {
  const detail = `its health check failed: ${reason}`
  if (spec.oneShot || spec.restart.when === 'never') {
    const steps: readonly Step[] = [{ do: 'end', ending: { state: 'failed', detail } }, { do: 'stop' }, { do: 'remove-workload' }]
    return local.attached ? [...steps, { do: 'detach' }] : steps
  }
  const strike = { detail, doomedPid: pid, isFirst: false }
  return [{ do: 'strike', strike }, { do: 'stop' }, { do: 'remove-workload' }, { do: 'look-again' }]
}

/** A one-shot that completed has completed; all else ends, and stays ended until the cluster is heard again. */
function planSilence(present: Present): readonly Step[] {
  const { spec, workload } = present
  if (workload?.state.state === 'exited' && spec.oneShot && workload.state.exitCode === 0) return planExit(present, workload.state)
  return [...planEndOfWorkload(workload), { do: 'wait', on: 'a word from the cluster', ms: SILENCE_RECHECK_MS }]
}

/** Upstream's one-shots run once (`reference/orchestration.md` 5.7); the rest is the descriptor's restart policy. */
function isFinal({ oneShot, restart }: InstanceSpec, exitCode: number): boolean {
  return oneShot || restart.when === 'never' || (restart.when === 'on-failure' && exitCode === 0)
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

function describeExit(exit: Exited): string {
  if (exit.outOfMemory) return `ended by the kernel for using more memory than its limit (exit code ${exit.exitCode})`
  return `exited with code ${exit.exitCode}`
}
