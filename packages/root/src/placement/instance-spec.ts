import { type DesiredInstance, type InstanceSpec, jobName, type Service } from '@oakestra/model'
import { LIFE_DEFAULTS } from '@oakestra/sla'

/** Everything the tiers below need to run this instance, out of what the user wants. */
export function instanceSpec(service: Service, instance: DesiredInstance): InstanceSpec {
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
    { ...LIFE_DEFAULTS, ...service.descriptor }
  return {
    instanceId: instance.id,
    serviceId: service.id,
    applicationId: service.applicationId,
    jobName: jobName(service),
    number: instance.number,
    revision: service.revision,
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
    addresses: instance.addresses,
    serviceAddresses: service.addresses,
    restart,
    disconnect,
    stopGraceMs,
    term: instance.term ?? 0,
    ...(health && { health }),
  }
}
