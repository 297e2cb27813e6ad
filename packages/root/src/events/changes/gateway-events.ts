import { type EventActor, jobName, type Service } from '@oakestra/model'
import type { GatewayTrouble } from '../../overlay/overlay-records.ts'
import type { NewEvent } from '../record-event.ts'
import type { Touch } from '../touches.ts'

/** Who is spoken of; the service is absent when it is gone, and then there is nothing to tell. */
export interface GatewaySurroundings {
  readonly service: Service | undefined
  readonly clusterName: string | undefined
}

/** That nodes of a cluster do not publish a service, or do again. */
export function gatewayEvents(
  { before, after }: Touch<GatewayTrouble>,
  { service, clusterName }: GatewaySurroundings,
): readonly NewEvent[] {
  const trouble = after ?? before
  // Whoever takes the publication back knows that nobody publishes it.
  if (!service?.descriptor.gateway || !trouble || reasonOf(before) === reasonOf(after)) return []
  const { clusterId, serviceId } = trouble
  const actor: EventActor = { kind: 'cluster', id: clusterId, ...(clusterName !== undefined && { name: clusterName }) }
  const reason = reasonOf(after)
  return [
    {
      kind: 'service.gateway',
      object: { type: 'service', id: serviceId, name: jobName(service) },
      actor,
      applicationId: service.applicationId,
      serviceId,
      clusterId,
      details: { nodes: after?.total ?? 0, before: before?.total ?? 0 },
      ...(reason !== undefined && { reason }),
    },
  ]
}

function reasonOf(trouble: GatewayTrouble | undefined): string | undefined {
  return trouble?.faults.map(({ node, reason }) => `${node}: ${reason}`).join('; ')
}
