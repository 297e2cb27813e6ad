import { type DesiredInstance, isReady, type ObservedInstance, type Service } from '@oakestra/model'
import { isSameProcess } from '../placement/instance-spec.ts'
import { descriptorAt, HISTORY_KEPT } from '../state/revisions.ts'

/** An instance with what is known of it, as a plan is made from. Times of root's own clock. */
export interface InstanceFacts {
  readonly instance: DesiredInstance
  /** What the cluster that has it last said. */
  readonly observed?: ObservedInstance
  /** Since when news of it would arrive; absent while its cluster is not connected. Without a cluster: since root started. */
  readonly heardSinceMs?: number
}

/** An instance as an update sees it. */
export interface Standing extends InstanceFacts {
  readonly revision: number
  readonly isReady: boolean
  /** It ended for good and well: it is never started again, not even as another revision. `reference/orchestration.md` 5.7. */
  readonly isCompleted: boolean
  /** A node has it. */
  readonly isPlaced: boolean
  /** It runs what is wanted, though its revision may be an older one of the same content. */
  readonly isCurrent: boolean
}

/** Looks at the instances of a service that shall stay. */
export function standings(service: Service, facts: readonly InstanceFacts[]): readonly Standing[] {
  const current = currentRevisions(service)
  return facts.map((each) => standingOf(service, each, current))
}

function standingOf(service: Service, facts: InstanceFacts, current: ReadonlySet<number>): Standing {
  const { instance } = facts
  const revision = instance.revision ?? service.revision
  // What is said of another revision says nothing about this one.
  const observed = facts.observed?.revision === revision ? facts.observed : undefined
  const isProven = instance.change === undefined || instance.change.proven === true
  return {
    ...facts,
    revision,
    isReady: observed !== undefined && isReady(observed) && !instance.leaving,
    isCompleted: observed?.state === 'completed',
    isPlaced: facts.observed?.nodeId !== undefined,
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
  // One that was not ready before and has no place now is not held up by its new revision.
  return change.wasReady || standing.isPlaced
}

/** Was proven, and works no more: it counts against how many may be away. */
export function isFallen(service: Service, { instance, revision, isReady: ready, isCompleted }: Standing): boolean {
  return revision === service.revision && instance.change?.proven === true && !ready && !isCompleted
}

export function descriptorOf(service: Service, { revision }: Standing) {
  return descriptorAt(service, revision) ?? service.descriptor
}
