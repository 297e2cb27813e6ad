import { OakError } from '@oakestra/base'
import type { Service } from '@oakestra/model'
import type { ServiceDescriptor, Violation } from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { isSameProcess } from '../placement/instance-spec.ts'
import { instances, services } from './collections.ts'
import { instancesOf, ownService } from './operations-ownership.ts'
import { refusePrivileged } from './operations-services.ts'
import { descriptorAt, revisionsOf, withNextRevision } from './revisions.ts'

/** What of a service stays as it is for life and is said differently in a descriptor for it; `path` is where that stands. */
export function updateViolations(service: Service, descriptor: ServiceDescriptor, path: string): readonly Violation[] {
  const { name, namespace } = service.descriptor
  const roundRobin = service.addresses.find(({ policy }) => policy === 'round-robin')
  const closest = service.addresses.find(({ policy }) => policy === 'closest')
  const { addresses } = descriptor
  return [
    ...kept(`${path}microservice_name`, name, descriptor.name),
    ...kept(`${path}microservice_namespace`, namespace, descriptor.namespace),
    ...kept(`${path}addresses.rr_ip`, roundRobin?.v4, addresses.roundRobinV4),
    ...kept(`${path}addresses.rr_ip_v6`, roundRobin?.v6, addresses.roundRobinV6),
    ...kept(`${path}addresses.closest_ip`, closest?.v4, addresses.closestV4),
    ...kept(`${path}addresses.closest_ip_v6`, closest?.v6, addresses.closestV6),
  ]
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
