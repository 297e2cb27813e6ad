import { jobName, type Service } from '@oakestra/model'
import type { NewEvent } from '../record-event.ts'
import type { Touch } from '../touches.ts'

type Told = Pick<NewEvent, 'kind' | 'reason' | 'details'>

/** What happened to a service; who owns it is added by the caller. */
export function serviceEvents({ before, after }: Touch<Service>): readonly NewEvent[] {
  const service = after ?? before
  if (!service) return []
  const about = {
    object: { type: 'service', id: service.id, name: jobName(service) },
    applicationId: service.applicationId,
    serviceId: service.id,
  } as const
  return told(before, after).map((each) => ({ ...each, ...about }))
}

function told(before: Service | undefined, after: Service | undefined): readonly Told[] {
  if (!before && after) return [{ kind: 'service.created', details: { revision: after.revision } }]
  if (before && !after) return [{ kind: 'service.removed' }]
  if (!before || !after) return []
  if (after.removing && !before.removing) return [{ kind: 'service.removing' }]
  return [...revised(before, after), ...scaled(before, after), ...rolledOut(before, after)]
}

function revised(before: Service, after: Service): readonly Told[] {
  if (before.revision === after.revision) return []
  const details = { revision: after.revision, before: before.revision }
  return [{ kind: 'service.revised', details, ...(after.made && { reason: after.made.reason }) }]
}

function scaled(before: Service, after: Service): readonly Told[] {
  if (before.replicas === after.replicas) return []
  return [{ kind: 'service.scaled', details: { replicas: after.replicas ?? null, before: before.replicas ?? null } }]
}

/** That an update begins is told by the new revision. */
function rolledOut(before: Service, { rollout }: Service): readonly Told[] {
  if (!rollout || rollout.state === 'rolling' || rollout.state === before.rollout?.state) return []
  return [{ kind: 'service.rollout', reason: rollout.detail, details: { state: rollout.state, revision: rollout.toRevision } }]
}
