import { type GatewayFault, jobName, type Rollout, type Service, type ServiceAddress, serviceStatus } from '@oakestra/model'
import { z } from 'zod'
import { wireIdSchema } from './application.ts'
import { toWireId } from './formats.ts'
import { type InstanceView, statusOf, toWireInstance, wireInstanceSchema } from './instance.ts'
import { serviceVersion, versionSchema } from './version.ts'

export interface ServiceView {
  readonly service: Service
  /** In the order of their numbers; those being removed may be among them. */
  readonly instances: readonly InstanceView[]
  /** Nodes that do not publish it though they should, each with its cluster. Absent: not asked for. */
  readonly gatewayFaults?: readonly (GatewayFault & { readonly cluster: string })[]
}

const rolloutSchema = z
  .object({
    state: z.enum(['rolling', 'done', 'failed', 'rolled-back']),
    detail: z.string().describe('What is waited for, or why it failed.'),
    from_revision: z.int().describe('The last one that was proven: where a failed update goes back to.'),
    to_revision: z.int(),
    started: z.string().describe('RFC 3339.'),
  })
  .meta({ id: 'Rollout' })

export const wireServiceSchema = z
  .looseObject({
    _id: wireIdSchema,
    microserviceID: z.string(),
    microservice_name: z.string(),
    microservice_namespace: z.string(),
    job_name: z.string(),
    applicationID: z.string(),
    app_name: z.string(),
    app_ns: z.string(),
    application_name: z.string(),
    application_namespace: z.string(),
    service_name: z.string(),
    service_ns: z.string(),
    virtualization: z.string(),
    code: z.string(),
    image: z.string(),
    cmd: z.array(z.string()),
    environment: z.array(z.string()),
    memory: z.int(),
    vcpus: z.int(),
    vgpus: z.int(),
    storage: z.int(),
    port: z.string(),
    one_shot: z.boolean(),
    privileged: z.boolean(),
    arch: z.array(z.string()),
    RR_ip: z.string(),
    RR_ip_v6: z.string(),
    closest_ip: z.string(),
    closest_ip_v6: z.string(),
    policy_addresses: z
      .array(z.object({ policy: z.string(), ip: z.string(), ip_v6: z.string() }))
      .describe('One pair for each way to choose among the instances, those above among them.'),
    next_instance_progressive_number: z.int(),
    status: z.string().optional().describe('Absent while the service has no instance.'),
    status_detail: z.string().optional(),
    replicas: z.int().nullable().describe('How many instances there shall be; null: as many as were asked for one by one.'),
    revision: z.int().describe('Raised with every change of the descriptor.'),
    rollout: rolloutSchema.nullable().describe('The last change; null before the first.'),
    gateway_faults: z
      .array(z.object({ cluster: z.string(), node: z.string(), reason: z.string() }))
      .describe('Nodes that were chosen to publish the service at their ports and do not; up to 16 of each cluster.'),
    version: versionSchema,
    instance_list: z.array(wireInstanceSchema),
  })
  .meta({ id: 'Service' })
export type WireService = z.infer<typeof wireServiceSchema>

/** A service in upstream's words, with every other key its user sent. `reference/orchestration.md` 3.6. */
export function toWireService({ service, instances, gatewayFaults = [] }: ServiceView): WireService {
  // An instance leaves upstream's list the moment its removal is asked for; clients count on it when they scale down.
  const present = instances.filter(({ instance }) => !instance.removing)
  return {
    ...foreignKeys(service.descriptor.source),
    ...identity(service),
    ...software(service),
    ...demands(service),
    ...addressesOf(service.addresses),
    ...statusFields(present),
    next_instance_progressive_number: service.nextInstanceNumber,
    replicas: service.replicas ?? null,
    revision: service.revision,
    rollout: service.rollout ? toWireRollout(service.rollout) : null,
    gateway_faults: gatewayFaults.map(({ cluster, node, reason }) => ({ cluster, node, reason })),
    version: serviceVersion(service),
    instance_list: present.map((view) => toWireInstance(view, service)),
  }
}

function toWireRollout({ state, detail, fromRevision, toRevision, startedAtMs }: Rollout): WireService['rollout'] {
  return { state, detail, from_revision: fromRevision, to_revision: toRevision, started: new Date(startedAtMs).toISOString() }
}

/** Keys that upstream computes, so that a document that was read from a server is not taken for the user's own words. */
const COMPUTED = new Set(['status', 'status_detail', 'gateway_faults', 'instance_list', '_id', 'vcpu', 'vgpu', 'env'])

function foreignKeys(source: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(source).filter(([key]) => !COMPUTED.has(key)))
}

function identity(service: Service) {
  const { name, namespace } = service.descriptor
  return {
    _id: toWireId(service.id),
    microserviceID: service.id,
    microservice_name: name,
    microservice_namespace: namespace,
    job_name: jobName(service),
    applicationID: service.applicationId,
    app_name: service.applicationName,
    app_ns: service.applicationNamespace,
    application_name: service.applicationName,
    application_namespace: service.applicationNamespace,
    service_name: name,
    service_ns: namespace,
  }
}

function software({ descriptor }: Service) {
  const { virtualization, image, command, environment, oneShot, privileged, architectures } = descriptor
  return {
    virtualization: virtualization === 'container' ? 'docker' : virtualization,
    code: image,
    image,
    cmd: [...command],
    environment: [...environment],
    one_shot: oneShot,
    privileged,
    arch: [...architectures],
  }
}

function demands({ descriptor }: Service) {
  const { resources, ports, source } = descriptor
  const entries = ports.map(({ hostPort, containerPort, protocol }) => `${hostPort}:${containerPort}${protocol === 'udp' ? '/udp' : ''}`)
  return {
    memory: Math.round(resources.memoryMiB),
    vcpus: Math.round(resources.vcpus),
    vgpus: Math.round(resources.vgpus),
    storage: Math.round(resources.storageMiB),
    port: typeof source['port'] === 'string' ? source['port'] : entries.join(';'),
  }
}

function addressesOf(addresses: readonly ServiceAddress[]) {
  const roundRobin = addresses.find((address) => address.policy === 'round-robin')
  const closest = addresses.find((address) => address.policy === 'closest')
  return {
    RR_ip: roundRobin?.v4 ?? '',
    RR_ip_v6: roundRobin?.v6 ?? '',
    closest_ip: closest?.v4 ?? '',
    closest_ip_v6: closest?.v6 ?? '',
    policy_addresses: addresses.map(({ policy, v4 = '', v6 = '' }) => ({ policy, ip: v4, ip_v6: v6 })),
  }
}

function statusFields(present: readonly InstanceView[]): { status?: string; status_detail?: string } {
  const status = serviceStatus(present.map(statusOf))
  return status ? { status: status.word, status_detail: status.detail } : {}
}
