import type { Service } from '@oakestra/model'
import { planReplicas } from './plan-replicas.ts'
import { planRollout } from './plan-rollout.ts'
import { NOTHING, type ServicePlan } from './service-plan.ts'
import { type InstanceFacts, standings } from './standing.ts'

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
