import { isDeepStrictEqual } from 'node:util'
import { type DesiredInstance, type InstanceSpec, jobName, processOf, type Service } from '@oakestra/model'
import type { ServiceDescriptor } from '@oakestra/sla'
import { descriptorAt } from '../state/revisions.ts'

/** Everything the tiers below need to run this instance, out of what the user wants. */
export function instanceSpec(service: Service, instance: DesiredInstance): InstanceSpec {
  const wanted = instance.revision ?? service.revision
  const older = descriptorAt(service, wanted)
  return {
    instanceId: instance.id,
    serviceId: service.id,
    applicationId: service.applicationId,
    jobName: jobName(service),
    number: instance.number,
    // Revisions that instances have are kept; should one be missing all the same, the present one is what is wanted.
    revision: older ? wanted : service.revision,
    ...processOf(older ?? service.descriptor),
    addresses: instance.addresses,
    serviceAddresses: service.addresses,
    ...(service.admits && { admits: service.admits }),
    term: instance.term ?? 0,
    ...(instance.restart && { restartsAsked: instance.restart.asked }),
  }
}

/**
 * The same as it is handed down: constraints name places by where they were when its cluster was chosen, for a cluster does not know
 * where services of other clusters are. They stay as they are while it stays, so that those who move a little move nobody.
 */
export function specBelow(service: Service, instance: DesiredInstance): InstanceSpec {
  return withPlaces(instanceSpec(service, instance), instance)
}

export function withPlaces(spec: InstanceSpec, { places }: Pick<DesiredInstance, 'places'>): InstanceSpec {
  return places?.revision === spec.revision ? { ...spec, constraints: places.constraints } : spec
}

/** True when an instance would run the same under both: then none has to be replaced. */
export function isSameProcess(one: ServiceDescriptor, other: ServiceDescriptor): boolean {
  if (one.image !== other.image) return false
  return isDeepStrictEqual(processOf(one), processOf(other))
}
