import type { Leaving, Rollout, Service } from '@oakestra/model'
import { planReplicas } from './plan-replicas.ts'
import { planRollout } from './plan-rollout.ts'
import { type InstanceFacts, standings } from './standing.ts'

/** One change of one record. Each is checked against the record as it is when it is carried out. */
export type ServiceChange =
  | { readonly do: 'add' }
  | { readonly do: 'remove'; readonly instanceId: string }
  /** Gives an instance the newest revision, which may not be for the cluster it is in. */
  | { readonly do: 'revise'; readonly instanceId: string; readonly wasReady: boolean; readonly leaving?: Leaving }
  /** Notes that it is ready from now on, or no more, or was for long enough. */
  | { readonly do: 'note'; readonly instanceId: string; readonly readySinceMs: number | undefined; readonly proven?: true }
  | { readonly do: 'conclude'; readonly state: Rollout['state']; readonly detail: string }
  /** The update failed: makes the last proven revision the newest again. */
  | { readonly do: 'go-back'; readonly reason: string }

export interface ServicePlan {
  readonly changes: readonly ServiceChange[]
  /** When to look again without a nudge; absent: there is nothing to wait for. */
  readonly recheckMs?: number
  /** Instances whose reports decide what is next. */
  readonly watched: readonly string[]
}

export const NOTHING: ServicePlan = { changes: [], watched: [] }

/**
 * The next changes for a service: as many instances as declared, and each at the newest revision under the service's update
 * policy. Pure; may be asked at any time. Decision 10, "Replicas and updates".
 * @param all its instances, those being removed included
 * @param nowMs of root's own clock, whose times the records hold
 */
export function planService(service: Service, all: readonly InstanceFacts[], nowMs: number): ServicePlan {
  if (service.removing) return NOTHING
  const present = standings(
    service,
    all.filter(({ instance }) => !instance.removing),
  )
  const replicas = planReplicas(service, present)
  const removed = new Set(replicas.map((change) => (change.do === 'remove' ? change.instanceId : '')))
  if (service.rollout?.state !== 'rolling') return { changes: replicas, watched: [] }
  const staying = present.filter(({ instance }) => !removed.has(instance.id))
  const rollout = planRollout(service, service.rollout, staying, nowMs)
  return { ...rollout, changes: [...replicas, ...rollout.changes] }
}
