import { isDeepStrictEqual } from 'node:util'
import { type DesiredInstance, type InstanceSpec, jobName, type Service } from '@oakestra/model'
import { LIFE_DEFAULTS, type ServiceDescriptor } from '@oakestra/sla'
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
  return isDeepStrictEqual(processOf(one), processOf(other))
}

type Process = Omit<
  InstanceSpec,
  'instanceId' | 'serviceId' | 'applicationId' | 'jobName' | 'number' | 'revision' | 'addresses' | 'serviceAddresses' | 'term'
>

/** What of a descriptor reaches instances. */
function processOf(descriptor: ServiceDescriptor): Process {
  const {
    virtualization,
    image,
    command,
    environment,
    resources,
    ports,
    oneShot,
    privileged,
    architectures,
    constraints,
    volumes,
    health,
    restart,
    disconnect,
    stopGraceMs,
  } =
    // What was stored before these could be said has their defaults.
    { ...LIFE_DEFAULTS, ...descriptor }
  return {
    virtualization,
    image,
    command,
    environment,
    resources,
    ports,
    oneShot,
    privileged,
    architectures,
    constraints,
    volumes,
    restart,
    disconnect,
    stopGraceMs,
    ...(health && { health }),
  }
}
