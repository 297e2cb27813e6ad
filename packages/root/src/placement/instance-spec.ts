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
    term: instance.term ?? 0,
  }
}

/** True when an instance would run the same under both: then none has to be replaced. */
export function isSameProcess(one: ServiceDescriptor, other: ServiceDescriptor): boolean {
  if (one.image !== other.image) return false
  return isDeepStrictEqual(processOf(one), processOf(other))
}
