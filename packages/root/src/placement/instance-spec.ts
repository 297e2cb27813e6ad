import { type DesiredInstance, type InstanceSpec, jobName, type Service } from '@oakestra/model'

/** Everything the tiers below need to run this instance, out of what the user wants. */
export function instanceSpec(service: Service, instance: DesiredInstance): InstanceSpec {
  const { virtualization, image, command, environment, resources, ports, oneShot, privileged, architectures, constraints, volumes } =
    service.descriptor
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
  }
}
