import type { InstanceSpec } from '@oakestra/model'
import type { Constraint, HealthCheck } from '@oakestra/sla'

/**
 * The document that a service could have been created with, in the words of the descriptor, made from one of its instances. What never
 * reaches an instance, such as the number of them, is not in it.
 */
export function serviceDocument(
  name: string,
  namespace: string,
  spec: Omit<InstanceSpec, 'constraints'>,
  constraints: readonly Constraint[],
) {
  const { resources, health, disconnect } = spec
  return {
    microservice_name: name,
    microservice_namespace: namespace,
    virtualization: spec.virtualization,
    code: spec.image,
    cmd: spec.command,
    environment: spec.environment,
    memory: resources.memoryMiB,
    vcpus: resources.vcpus,
    vgpus: resources.vgpus,
    storage: resources.storageMiB,
    port: spec.ports.map(({ hostPort, containerPort, protocol }) => `${hostPort}:${containerPort}/${protocol}`).join(';'),
    one_shot: spec.oneShot,
    privileged: spec.privileged,
    arch: spec.architectures,
    constraints: constraints.map(constraintDocument),
    volumes: spec.volumes.map(({ volumeId, csiDriver, mountPath, config }) => ({
      volume_id: volumeId,
      csi_driver: csiDriver,
      mount_path: mountPath,
      config,
    })),
    restart: spec.restart.when,
    stop_grace: spec.stopGraceMs / 1000,
    disconnect: {
      policy: disconnect.action,
      ...(disconnect.afterMs !== undefined && { after: disconnect.afterMs / 1000 }),
      site_only: disconnect.siteOnly,
    },
    ...(health && { health_check: healthDocument(health) }),
  }
}

function healthDocument({ probe, startDelayMs, periodMs, timeoutMs, threshold }: HealthCheck) {
  const times = { start_delay: startDelayMs / 1000, period: periodMs / 1000, timeout: timeoutMs / 1000, threshold }
  if (probe.kind === 'http') return { http: { port: probe.port, path: probe.path }, ...times }
  return probe.kind === 'tcp' ? { tcp: { port: probe.port }, ...times } : { command: probe.command, ...times }
}

function constraintDocument(constraint: Constraint): object {
  switch (constraint.type) {
    case 'direct':
      return { type: 'direct', ...(constraint.cluster !== undefined && { cluster: constraint.cluster }), node: constraint.nodes.join(';') }
    case 'geo':
      return { type: 'geo', location: constraint.location, threshold: constraint.thresholdKm }
    case 'latency':
      return { type: 'latency', area: constraint.area, threshold: constraint.thresholdMs }
    case 'unknown':
      return { type: constraint.word }
    default:
      return constraint
  }
}
