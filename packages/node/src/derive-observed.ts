import type { ObservedInstance, ObservedState } from '@oakestra/model'
import type { InstanceSituation } from './plan-instance.ts'

/** Who and where this node is, as reports name it. */
export interface NodeIdentity {
  readonly nodeId: string
  readonly nodeName: string
  readonly hostAddress: string
}

/** Turns facts into what is reported. The only place that decides on a state; `undefined` when nothing is left to report. */
export function deriveObserved(situation: InstanceSituation, progress: string, identity: NodeIdentity): ObservedInstance | undefined {
  const { local, spec } = situation
  if (!local) return undefined
  const { state, detail } = stateOf(situation, progress)
  return {
    instanceId: local.id,
    revision: (spec ?? local.spec).revision,
    state,
    detail,
    restarts: local.restarts,
    ...(local.exitCode !== undefined && { exitCode: local.exitCode }),
    ...(local.startedAtMs !== undefined && { startedAtMs: local.startedAtMs }),
    ...identity,
  }
}

function stateOf({ spec, local, workload }: InstanceSituation, progress: string): { state: ObservedState; detail: string } {
  if (!spec || !local) return { state: 'stopping', detail: 'being removed' }
  if (local.spec.revision !== spec.revision) return { state: 'creating', detail: 'replacing the older revision' }
  if (local.ending) return { state: local.ending.state, detail: local.ending.detail }
  if (workload?.state.state === 'running') return { state: 'running', detail: restartsDetail(local.restarts) }
  if (workload?.state.state === 'exited') return { state: 'dead', detail: `exited with code ${workload.state.exitCode}` }
  if (local.trouble) return local.trouble
  return { state: 'creating', detail: progress }
}

function restartsDetail(restarts: number): string {
  if (restarts === 0) return ''
  return `started again ${restarts} ${restarts === 1 ? 'time' : 'times'}`
}
