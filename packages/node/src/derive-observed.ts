import type { ObservedInstance, ObservedState } from '@oakestra/model'
import { isBeingRestarted } from './asked-restart.ts'
import { type InstanceSituation, isCutOff, silenceBorneMs } from './plan-instance.ts'
import type { LocalInstance } from './state.ts'

/** Who and where this node is, as reports name it. */
export interface NodeIdentity {
  readonly nodeId: string
  readonly nodeName: string
  readonly hostAddress: string
}

interface Said {
  readonly state: ObservedState
  readonly detail: string
}

/** Turns facts into what is reported. The only place that decides on a state; `undefined` when nothing is left to report. */
export function deriveObserved(situation: InstanceSituation, progress: string, identity: NodeIdentity): ObservedInstance | undefined {
  const { local, spec, health, problem } = situation
  if (!local) return undefined
  const { state, detail } = stateOf(situation, progress)
  const { revision, term } = spec ?? local.spec
  return {
    instanceId: local.id,
    revision,
    state,
    detail: problem === undefined ? detail : [detail, `${problem}: it goes on as before`].filter(Boolean).join('; '),
    // Nothing that the process of an older revision did is held against a newer one.
    ...(local.spec.revision === revision ? recordOf(local) : { restarts: 0 }),
    ...(state === 'running' && health && { health: health.state }),
    term,
    ...identity,
  }
}

function recordOf({ restarts, strikes, exitCode, startedAtMs, startedUnder }: LocalInstance) {
  return {
    restarts,
    ...(startedUnder && { restartsAsked: startedUnder }),
    ...(strikes > 0 && { strikes }),
    ...(exitCode !== undefined && { exitCode }),
    ...(startedAtMs !== undefined && { startedAtMs }),
  }
}

/** What is reported of a wanted instance that could not even be begun: there is no trace of it, and a reason. */
export function deriveRefused(instanceId: string, detail: string, identity: NodeIdentity): ObservedInstance {
  return { instanceId, revision: 0, state: 'failed', detail, restarts: 0, ...identity }
}

function stateOf(situation: InstanceSituation, progress: string): Said {
  const { spec, local, workload } = situation
  if (!spec || !local) return { state: 'stopping', detail: 'being removed' }
  if (local.spec.revision !== spec.revision) return { state: 'creating', detail: 'replacing the older revision' }
  if (local.ending) return { state: local.ending.state, detail: local.ending.detail }
  const state = workload?.state
  if (isCutOff(situation)) return { state: state?.state === 'running' ? 'stopping' : 'dead', detail: silenceDetail(situation) }
  if (isBeingRestarted(situation)) return { state: 'creating', detail: 'being started again, as asked for' }
  if (state?.state === 'running') return stateOfRunning(situation, local, state.pid)
  if (local.trouble) return local.trouble
  if (state?.state === 'exited') return { state: 'dead', detail: `exited with code ${state.exitCode}` }
  return { state: 'creating', detail: progress }
}

const WRONG = { starting: 'not ready yet', healthy: 'its last check failed', unhealthy: 'its health check failed' } as const

function stateOfRunning({ health }: InstanceSituation, local: LocalInstance, pid: number): Said {
  if (local.doomedPid === pid) return { state: 'stopping', detail: local.trouble?.detail ?? 'about to be started again' }
  const wrong = health?.reason ? `${WRONG[health.state]}: ${health.reason}` : ''
  return { state: 'running', detail: [restartsDetail(local.restarts), wrong].filter(Boolean).join('; ') }
}

function silenceDetail({ spec }: InstanceSituation): string {
  return `stopped: no word from the cluster for ${(silenceBorneMs(spec) ?? 0) / 1000} s`
}

function restartsDetail(restarts: number): string {
  if (restarts === 0) return ''
  return `started again ${restarts} ${restarts === 1 ? 'time' : 'times'}`
}
