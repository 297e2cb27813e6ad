import { OakError } from '@oakestra/base'
import { type Application, type InstanceSpec, processOf, type Service } from '@oakestra/model'
import { type Constraint, LIFE_DEFAULTS, type ServiceDescriptor } from '@oakestra/sla'
import type { Reader, Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { applications, services } from '../state/collections.ts'
import type { OperationContext } from '../state/operations-context.ts'
import { applicationsOf, servicesOf } from '../state/operations-ownership.ts'
import { nextNumber } from './restore-instance.ts'
import { serviceDocument } from './service-document.ts'
import { unclaimed } from './unclaimed-instance.ts'

/**
 * Makes the application and the service again to which an unclaimed instance belongs, out of what its instances say, with the same ids
 * and addresses. They belong to whoever asks.
 * @throws OakError `conflict` when a name is taken by another one meanwhile
 */
export async function restoreService(writer: Writer, actor: Actor, spec: InstanceSpec, context: OperationContext): Promise<Service> {
  const siblings = await writer.list(unclaimed, { index: 'serviceId', equals: spec.serviceId })
  const names = namesOf(spec)
  const application = await applicationFor(writer, actor, spec, names, context)
  // By revision; of those that are alike one is enough.
  const revisions = [...new Map(siblings.map((each) => [each.spec.revision, descriptorOf(each.spec, names)]))].sort(([a], [b]) => a - b)
  const [revision, descriptor] = revisions.at(-1) ?? [spec.revision, descriptorOf(spec, names)]
  const made = { createdAtMs: context.nowMs, reason: 'found running' }
  const service: Service = {
    id: spec.serviceId,
    applicationId: application.id,
    applicationName: application.name,
    applicationNamespace: application.namespace,
    descriptor,
    revision,
    history: revisions.slice(0, -1).map(([older, was]) => ({ revision: older, descriptor: was, ...made })),
    made,
    nextInstanceNumber: siblings.reduce((next, each) => nextNumber(next, each.spec.number), 0),
    addresses: spec.serviceAddresses,
    ...(application.isolated && { admits: [] }),
    createdAtMs: context.nowMs,
    removing: false,
  }
  await writer.put(services, service)
  return service
}

interface Names {
  readonly application: string
  readonly applicationNamespace: string
  readonly service: string
  readonly namespace: string
}

function namesOf({ jobName }: InstanceSpec): Names {
  const [application, applicationNamespace, service, namespace, ...more] = jobName.split('.')
  if (!application || !applicationNamespace || !service || !namespace || more.length > 0) {
    throw new OakError('conflict', `${jobName} is not the name of a service; it can only be dropped`)
  }
  return { application, applicationNamespace, service, namespace }
}

async function applicationFor(
  writer: Writer,
  actor: Actor,
  { applicationId, jobName, admits: isIsolated }: InstanceSpec,
  { application, applicationNamespace, service, namespace }: Names,
  { nowMs }: OperationContext,
): Promise<Application> {
  const own = await applicationsOf(writer, actor)
  const known =
    (await writer.get(applications, applicationId)) ??
    own.find(({ name, namespace: other }) => name === application && other === applicationNamespace)
  if (known) {
    await refuseTaken(writer, known, service, namespace, jobName)
    return known
  }
  const restored: Application = {
    // Whom else it admitted is not known any more, and said anew by its owner.
    ...(isIsolated && { isolated: true as const }),
    id: applicationId,
    name: application,
    namespace: applicationNamespace,
    description: '',
    owner: actor.name,
    createdAtMs: nowMs,
    source: {},
  }
  await writer.put(applications, restored)
  return restored
}

async function refuseTaken(reader: Reader, { id }: Application, name: string, namespace: string, jobName: string): Promise<void> {
  const others = await servicesOf(reader, id)
  const isTaken = others.some(({ descriptor }) => descriptor.name === name && descriptor.namespace === namespace)
  if (isTaken) throw new OakError('conflict', `there is another service ${jobName} by now; delete one of them, or drop the instance`)
}

function descriptorOf(spec: InstanceSpec, { service, namespace }: Names): ServiceDescriptor {
  const constraints = spec.constraints.map(asWritten)
  const source = serviceDocument(service, namespace, spec, constraints)
  // How it is updated never reaches an instance.
  const rest = { name: service, namespace, addresses: {}, update: LIFE_DEFAULTS.update, source }
  return { ...processOf({ ...spec, ...rest, constraints }), ...rest }
}

/** Names of places come with what they meant when they were handed down; the user wrote the name. */
function asWritten(constraint: Constraint): Constraint {
  if (constraint.type === 'geo') return { ...constraint, location: nameOf(constraint.location) }
  return constraint.type === 'latency' ? { ...constraint, area: nameOf(constraint.area) } : constraint
}

function nameOf(text: string): string {
  const [name = text] = text.split(' = ', 1)
  return name
}
