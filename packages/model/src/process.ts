import { LIFE_DEFAULTS, type ServiceDescriptor } from '@oakestra/sla'
import type { InstanceSpec } from './instance.ts'

/** What of a descriptor reaches instances: in another process when it is different. */
export type Process = Omit<
  InstanceSpec,
  | 'instanceId'
  | 'serviceId'
  | 'applicationId'
  | 'jobName'
  | 'number'
  | 'revision'
  | 'addresses'
  | 'serviceAddresses'
  | 'admits'
  | 'term'
  | 'restartsAsked'
>

/** What was stored before these could be said has their defaults. Field by field, for this is asked often. */
export function processOf(descriptor: ServiceDescriptor): Process {
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
