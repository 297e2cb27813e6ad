import type { InstanceSpec } from '@oakestra/model'
import type { InstanceSituation } from './plan-instance.ts'
import type { LocalInstance } from './state.ts'

/** Of a spec, or of a workload: what says nothing was made before anybody asked. */
export function restartsAskedOf({ restartsAsked = 0 }: { readonly restartsAsked?: number }): number {
  return restartsAsked
}

/** True when a restart was asked for that is not noted here yet. Noted first, so that an agent that is killed finishes what it began. */
export function isRestartNew({ spec, local }: Pick<InstanceSituation, 'spec' | 'local'>): boolean {
  return !!spec && !!local && !spec.oneShot && restartsAskedOf(local.spec) < restartsAskedOf(spec)
}

/** True when its process, or what is left of it, is from before the last restart that was asked for. What ran once never runs again. */
export function isFromBeforeRestart({ spec, workload }: Pick<InstanceSituation, 'spec' | 'workload'>): boolean {
  return !!spec && !!workload && !spec.oneShot && restartsAskedOf(workload) < restartsAskedOf(spec)
}

/** True from when a restart is asked for until the next process runs, or is in trouble. */
export function isBeingRestarted({ spec, local, workload }: InstanceSituation): boolean {
  if (isRestartNew({ spec, local }) || isFromBeforeRestart({ spec, workload })) return true
  const isNoted = local?.startedUnder !== undefined && local.startedUnder < restartsAskedOf(local.spec)
  return isNoted && !workload && !local.trouble
}

/** Whoever asks for a restart wants it now: nothing that happened before is held against the next process. */
export function withRestartNoted(local: LocalInstance, spec: InstanceSpec): LocalInstance {
  const { id, namespaceV4, namespaceV6, attached, restarts } = local
  const before = local.startedUnder ?? (local.startedAtMs === undefined ? undefined : restartsAskedOf(local.spec))
  return { id, spec, namespaceV4, namespaceV6, attached, restarts, strikes: 0, ...(before !== undefined && { startedUnder: before }) }
}

/** One that runs. A restart that was asked for counts as one from now on; those by policy were counted when the process ended. */
export function started(local: LocalInstance, nowMs: number): LocalInstance {
  const { notBeforeMs: _past, trouble: _gone, countedExitMs: _over, doomedPid: _ended, healthy: _asked, ...rest } = local
  const { startedUnder, restarts } = local
  const asked = restartsAskedOf(local.spec)
  const isAsked = startedUnder !== undefined && startedUnder < asked
  return { ...rest, startedAtMs: nowMs, restarts: isAsked ? restarts + 1 : restarts, ...(asked > 0 && { startedUnder: asked }) }
}
