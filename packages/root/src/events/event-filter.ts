import type { StoredEvent } from './events.ts'

/** Which events are wanted; what is absent does not matter. */
export interface EventFilter {
  readonly applicationId?: string | undefined
  readonly serviceId?: string | undefined
  readonly instanceId?: string | undefined
  readonly instanceNumber?: number | undefined
  readonly clusterId?: string | undefined
  readonly nodeId?: string | undefined
  /** Whole kinds such as `instance.status`, or all that begin with a word such as `instance`. */
  readonly kinds?: readonly string[] | undefined
}

export function matches(filter: EventFilter, event: StoredEvent): boolean {
  const { applicationId, serviceId, instanceId, instanceNumber, clusterId, nodeId, kinds } = filter
  return (
    (applicationId === undefined || event.applicationId === applicationId) &&
    (serviceId === undefined || event.serviceId === serviceId) &&
    (instanceId === undefined || (event.object.type === 'instance' && event.object.id === instanceId)) &&
    (instanceNumber === undefined || event.instanceNumber === instanceNumber) &&
    (clusterId === undefined || event.clusterId === clusterId) &&
    (nodeId === undefined || event.nodeId === nodeId) &&
    (kinds === undefined || kinds.some((kind) => event.kind === kind || event.kind.startsWith(`${kind}.`)))
  )
}
