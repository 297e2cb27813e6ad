import { OakError } from '@oakestra/base'
import type { Service, ServiceAddress } from '@oakestra/model'
import {
  type BalancingPolicy,
  type GatewayDocument,
  readGateway,
  type ServiceDescriptor,
  type Violation,
  type WantedPair,
  wantedPolicies,
} from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { isSameProcess } from '../placement/instance-spec.ts'
import { instances, services } from './collections.ts'
import { instancesOf, ownService } from './operations-ownership.ts'
import { refusePrivileged } from './operations-services.ts'
import { refuseTakenPorts } from './published-ports.ts'
import { descriptorAt, revisionsOf, withNextRevision } from './revisions.ts'

/** What of a service stays as it is for life and is said differently in a descriptor for it; `path` is where that stands. */
export function updateViolations(service: Service, descriptor: ServiceDescriptor, path: string): readonly Violation[] {
  const { name, namespace } = service.descriptor
  return [
    ...kept(`${path}microservice_name`, name, descriptor.name),
    ...kept(`${path}microservice_namespace`, namespace, descriptor.namespace),
    ...wantedPolicies(descriptor.addresses).flatMap(([policy, wanted]) => keptPair(path, policy, service.addresses, wanted)),
  ]
}

/** Where an address stands that can also be said in upstream's words. */
const UPSTREAM_FIELDS: Partial<Record<BalancingPolicy, { readonly v4: string; readonly v6: string }>> = {
  'round-robin': { v4: 'rr_ip', v6: 'rr_ip_v6' },
  closest: { v4: 'closest_ip', v6: 'closest_ip_v6' },
}

function keptPair(path: string, policy: BalancingPolicy, present: readonly ServiceAddress[], wanted: WantedPair): readonly Violation[] {
  const own = present.find((address) => address.policy === policy)
  const fields = UPSTREAM_FIELDS[policy] ?? { v4: `policies.${policy}.v4`, v6: `policies.${policy}.v6` }
  const isNew = own === undefined && wanted.v4 === undefined && wanted.v6 === undefined
  if (isNew) {
    return [{ path: `${path}addresses.policies.${policy}`, expected: 'nothing, for the service was made without it', found: 'a policy' }]
  }
  return [...kept(`${path}addresses.${fields.v4}`, own?.v4, wanted.v4), ...kept(`${path}addresses.${fields.v6}`, own?.v6, wanted.v6)]
}

function kept(path: string, present: string | undefined, wanted: string | undefined): readonly Violation[] {
  if (wanted === undefined || wanted === present) return []
  const expected =
    present === undefined ? 'nothing, for the service was made without one' : `${JSON.stringify(present)}, which it has for life`
  return [{ path, expected, found: JSON.stringify(wanted) }]
}

/**
 * Makes a service what a descriptor says. What matters to instances makes a new revision, which reaches them one by one;
 * a number of replicas counts at once, and stays as it is when the descriptor names none.
 * @param descriptor without violations against this service
 * @throws OakError `forbidden`
 */
export async function updateService(
  writer: Writer,
  actor: Actor,
  service: Service,
  descriptor: ServiceDescriptor,
  nowMs: number,
): Promise<Service> {
  refusePrivileged(actor, descriptor)
  const { replicas = service.replicas } = descriptor
  const counted = replicas === undefined ? service : { ...service, replicas }
  return changeDescriptor(writer, counted, descriptor, `changed by ${actor.name}`, nowMs)
}

/**
 * Makes a new revision out of an older one. The number of replicas stays.
 * @param wanted absent: the last one that was different, and did not fail
 * @throws OakError `not-found` no such service or revision; `conflict` nothing to go back to; `forbidden`
 */
export async function rollBackService(
  writer: Writer,
  actor: Actor,
  id: string,
  wanted: number | undefined,
  nowMs: number,
): Promise<Service> {
  const service = await ownService(writer, actor, id)
  const revision = wanted ?? revisionBefore(service)
  const descriptor = descriptorAt(service, revision)
  if (!descriptor) throw new OakError('not-found', `revision ${revision} is not kept; there are ${listed(service)}`)
  refusePrivileged(actor, descriptor)
  return changeDescriptor(writer, service, descriptor, `${actor.name} went back to revision ${revision}`, nowMs)
}

/**
 * Declares how many instances there shall be; `undefined`: as many as are asked for one by one, those there are stay.
 * @throws OakError `not-found`
 */
export async function setReplicas(writer: Writer, actor: Actor, id: string, replicas: number | undefined): Promise<Service> {
  const { replicas: _before, ...service } = await ownService(writer, actor, id)
  const next = replicas === undefined ? service : { ...service, replicas }
  await writer.put(services, next)
  return next
}

/**
 * Says at which ports of nodes a service is reached from outside the overlay; `undefined`: at none.
 * @throws OakError `not-found`; `conflict` when another service has one of the ports
 */
export async function setGateway(writer: Writer, actor: Actor, id: string, wanted: GatewayDocument | undefined): Promise<Service> {
  const service = await ownService(writer, actor, id)
  const { gateway: _before, ...descriptor } = service.descriptor
  const { gateway: _said, ...source } = descriptor.source
  const next: Service = {
    ...service,
    descriptor: {
      ...descriptor,
      ...(wanted && { gateway: readGateway(wanted) }),
      source: { ...source, ...(wanted && { gateway: wanted }) },
    },
  }
  await refuseTakenPorts(writer, next)
  await writer.put(services, next)
  return next
}

/** A failed update is tried again with the same words: whatever was in its way may be gone. */
async function changeDescriptor(
  writer: Writer,
  service: Service,
  wanted: ServiceDescriptor,
  reason: string,
  nowMs: number,
): Promise<Service> {
  const descriptor = { ...wanted, addresses: service.descriptor.addresses }
  const isSame = isSameProcess(service.descriptor, descriptor) && service.rollout?.state !== 'failed'
  const next = isSame
    ? { ...service, descriptor }
    : withNextRevision(service, { descriptor, reason, nowMs, inUse: await pinRevisions(writer, service) })
  await refuseTakenPorts(writer, next)
  await writer.put(services, next)
  return next
}

/** Gives those instances a revision of their own that went with their service, so that it may change. All that are in use. */
export async function pinRevisions(writer: Writer, { id, revision }: Service): Promise<ReadonlySet<number>> {
  const inUse = new Set<number>()
  for (const instance of await instancesOf(writer, id)) {
    if (instance.revision === undefined) await writer.put(instances, { ...instance, revision })
    inUse.add(instance.revision ?? revision)
  }
  return inUse
}

function revisionBefore(service: Service): number {
  const { rollout } = service
  const isUnsettled = rollout?.state === 'rolling' || rollout?.state === 'failed'
  const older = (service.history ?? []).toReversed()
  const proven = older.filter(({ revision }) => isUnsettled && revision === rollout.fromRevision)
  const before = [...proven, ...older].find(
    ({ revision, descriptor }) => revision !== rollout?.givenUp?.revision && !isSameProcess(descriptor, service.descriptor),
  )
  if (!before) throw new OakError('conflict', `service ${service.descriptor.name} has no older revision to go back to`)
  return before.revision
}

function listed(service: Service): string {
  return revisionsOf(service)
    .map(({ revision }) => revision)
    .join(', ')
}
