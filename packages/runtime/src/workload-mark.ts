import type { Workload } from './runtime.ts'

/** What tells one process of a workload from another, as it was handed in at its start. */
export type WorkloadMark = Omit<Workload, 'state'>

/** Of a spec, or of what was kept of one. Nothing is said of restarts where there were none. */
export function markOf({ id, revision, restartsAsked }: WorkloadMark): WorkloadMark {
  return { id, revision, ...(restartsAsked && { restartsAsked }) }
}
