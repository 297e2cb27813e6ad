import type { DesiredInstance, RevisionChange, Rollout, Service } from '@oakestra/model'
import { descriptorAt, withNextRevision } from '../state/revisions.ts'
import type { ServiceChange } from './service-plan.ts'

type InstanceChange = Extract<ServiceChange, { do: 'remove' | 'revise' | 'note' }>

/** An instance after a change of a plan; the same when the change does not concern what it has become since. */
export function changedInstance(service: Service, instance: DesiredInstance, change: InstanceChange, nowMs: number): DesiredInstance {
  if (instance.removing) return instance
  switch (change.do) {
    case 'remove':
      return { ...instance, removing: true }
    case 'revise':
      return {
        ...instance,
        revision: service.revision,
        change: { atMs: nowMs, wasReady: change.wasReady },
        ...(change.leaving && { leaving: change.leaving }),
      }
    case 'note':
      return instance.change ? { ...instance, change: withReadiness(instance.change, change) } : instance
  }
}

export function withReadiness(
  { atMs, wasReady }: RevisionChange,
  { readySinceMs, proven }: Pick<Extract<ServiceChange, { do: 'note' }>, 'readySinceMs' | 'proven'>,
): RevisionChange {
  return { atMs, wasReady, ...(readySinceMs !== undefined && { readySinceMs }), ...(proven && { proven }) }
}

/** The service with its update as far as this. */
export function concluded(service: Service, rollout: Rollout, { state, detail }: Pick<Rollout, 'state' | 'detail'>): Service {
  return { ...service, rollout: { ...rollout, state, detail } }
}

/**
 * The service on its way back to the last revision that was proven.
 * @param inUse revisions that instances have
 */
export function wentBack(service: Service, rollout: Rollout, reason: string, inUse: ReadonlySet<number>, nowMs: number): Service {
  const { fromRevision, toRevision } = rollout
  const descriptor = descriptorAt(service, fromRevision)
  if (!descriptor) return concluded(service, rollout, { state: 'failed', detail: reason })
  return withNextRevision(service, {
    descriptor,
    reason: `revision ${toRevision} failed: ${reason}; back to revision ${fromRevision}`,
    nowMs,
    inUse,
    givenUp: { revision: toRevision, reason },
  })
}
