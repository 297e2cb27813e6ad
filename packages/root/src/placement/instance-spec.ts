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

/** What of a descriptor reaches instances: in another process when it is different. */
type Process = Omit<
  InstanceSpec,
  'instanceId' | 'serviceId' | 'applicationId' | 'jobName' | 'number' | 'revision' | 'addresses' | 'serviceAddresses' | 'term'
>

/** True when an instance would run the same under both: then none has to be replaced. */
export function isSameProcess(one: ServiceDescriptor, other: ServiceDescriptor): boolean {
  if (one.image !== other.image) return false
  return isDeepStrictEqual(processOf(one), processOf(other))
}

/** What was stored before these could be said has their defaults. Field by field, for this is asked often. */
function processOf(descriptor: ServiceDescriptor): Process {
  const { restart, disconnect, stopGraceMs } = LIFE_DEFAULTS
  const stored: Partial<ServiceDescriptor> = descriptor
  const { health } = descriptor
  return {
    virtualization: descriptor.virtualization,
    image: descriptor.image,
    command: descriptor.command,
    environment: descriptor.environment,
    resources: descriptor.resources,
    ports: descriptor.ports,
    oneShot: descriptor.oneShot,
    privileged: descriptor.privileged,
    architectures: descriptor.architectures,
    constraints: descriptor.constraints,
    volumes: descriptor.volumes,
    restart: stored.restart ?? restart,
    disconnect: stored.disconnect ?? disconnect,
    stopGraceMs: stored.stopGraceMs ?? stopGraceMs,
    ...(health && { health }),
  }
}
