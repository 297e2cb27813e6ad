import { type DesiredInstance, isReady, type ObservedInstance, type Service } from '@oakestra/model'
import { isSameProcess } from '../placement/instance-spec.ts'
import { HISTORY_KEPT } from '../state/revisions.ts'

/** An instance with what is known of it, as a plan is made from. Times of root's own clock. */
export interface InstanceFacts {
  readonly instance: DesiredInstance
  /** What the cluster that has it last said. */
  readonly observed?: ObservedInstance
  /** Name of that cluster. */
  readonly clusterName?: string
  /** Since when news of it would arrive; absent while its cluster is not connected. Without a cluster: since root started. */
  readonly heardSinceMs?: number
}

/** An instance as an update sees it. */
export interface Standing {
  readonly instance: DesiredInstance
  /** What was said of the revision it has; what is said of another says nothing about this one. */
  readonly observed: ObservedInstance | undefined
  readonly clusterName: string | undefined
  readonly heardSinceMs: number | undefined
  readonly revision: number
  readonly isReady: boolean
  /** It ended for good and well: it is never started again, not even as another revision. `reference/orchestration.md` 5.7. */
  readonly isCompleted: boolean
  /** Nobody has room for it. */
  readonly isRefused: boolean
  /** It runs what is wanted, though its revision may be an older one of the same content. */
  readonly isCurrent: boolean
}

/** Looks at the instances of a service that shall stay. */
export function standings(service: Service, facts: readonly InstanceFacts[]): readonly Standing[] {
  const current = currentRevisions(service)
  return facts.map((each) => standingOf(service, each, current))
}

/** One literal: services have thousands of instances, and spreading takes many times as long. */
function standingOf(service: Service, facts: InstanceFacts, current: ReadonlySet<number>): Standing {
  const { instance, clusterName, heardSinceMs } = facts
  const revision = instance.revision ?? service.revision
  const observed = facts.observed?.revision === revision ? facts.observed : undefined
  const isProven = instance.change === undefined || instance.change.proven === true
  return {
    instance,
    observed,
    clusterName,
    heardSinceMs,
    revision,
    isReady: observed !== undefined && isReady(observed) && !instance.leaving,
    isCompleted: observed?.state === 'completed',
    isRefused: (instance.clusterId === undefined ? instance.rejection : facts.observed?.rejection) !== undefined,
    isCurrent: revision === service.revision || (current.has(revision) && isProven),
  }
}

/**
 * Older revisions whose instances run exactly what the present one says: an update that is taken back does not touch those it
 * never reached. Only of the newest ones, so that older ones fall out of use and need not be kept for ever.
 */
function currentRevisions(service: Service): ReadonlySet<number> {
  const recent = (service.history ?? []).slice(-HISTORY_KEPT)
  return new Set(recent.filter(({ descriptor }) => isSameProcess(descriptor, service.descriptor)).map(({ revision }) => revision))
}

/** On its way to the newest revision: what an update waits for. */
export function isInFlight(service: Service, standing: Standing): boolean {
  const { change } = standing.instance
  if (standing.revision !== service.revision || !change || change.proven || standing.isCompleted) return false
  // One that was not ready before and that nobody has room for is not held up by its new revision.
  return change.wasReady || !standing.isRefused
}

/** Was proven, and works no more: it counts against how many may be away. */
export function isFallen(service: Service, { instance, revision, isReady: ready, isCompleted }: Standing): boolean {
  return revision === service.revision && instance.change?.proven === true && !ready && !isCompleted
}
