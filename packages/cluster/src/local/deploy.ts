import { type IdGenerator, OakError } from '@oakestra/base'
import { jobName } from '@oakestra/model'
import { type ApplicationDescriptor, parseSla, type ServiceDescriptor, type Sla, type Violation, wantedPolicies } from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import { type KnownService, knownServices } from './known-services.ts'
import { type OrderContext, orderInstance } from './new-instance.ts'
import { orders, type ServiceOrder } from './orders.ts'
import { takeAddresses } from './stock.ts'

export interface DeployContext extends Omit<OrderContext, 'id'> {
  readonly ids: IdGenerator
}

/**
 * Reads a deployment document as root does.
 * @throws OakError `bad-request` with everything that is wrong with it in the detail `violations`
 */
export function readDocument(json: unknown, runtimes: ReadonlySet<string>): Sla {
  const result = parseSla(json, { runtimes })
  const violations = result.ok
    ? result.value.applications.flatMap((application, index) => [
        ...wantedIsolation(application, index),
        ...wantedAddresses(application, index),
      ])
    : result.violations
  if (result.ok && violations.length === 0) return result.value
  const [first] = violations
  const rest = violations.length > 1 ? ` (and ${violations.length - 1} more)` : ''
  const message = first ? `${first.path}: expected ${first.expected}, found ${first.found}${rest}` : 'the document is not valid'
  throw new OakError('bad-request', message, { details: { violations, status: 422 } })
}

/** Whom an isolated application admits is worked out by root, which knows all services. */
function wantedIsolation({ isolated }: ApplicationDescriptor, application: number): readonly Violation[] {
  if (!isolated) return []
  return [{ path: `applications[${application}].isolated`, expected: 'nothing: only root isolates applications', found: 'true' }]
}

/** Addresses that somebody chooses must be free in all clusters, which only root knows; and it sets aside none but for round robin. */
function wantedAddresses({ services }: ApplicationDescriptor, application: number): readonly Violation[] {
  return services.flatMap(({ addresses }, service) => {
    const path = `applications[${application}].microservices[${service}].addresses`
    return wantedPolicies(addresses).flatMap(([policy, { v4, v6 }]) => {
      const found = [v4, v6].flatMap((address) => address ?? [])
      if (found.length > 0) {
        return found.map((address) => ({
          path,
          expected: 'nothing: only root gives addresses that were asked for',
          found: JSON.stringify(address),
        }))
      }
      return policy === 'round-robin' ? [] : [{ path, expected: 'nothing: only root gives addresses of other policies', found: policy }]
    })
  })
}

/** Orders every service of a document with its first instances, or nothing. @throws OakError `conflict`, `unavailable`, `resource-exhausted` */
export async function deployDocument(writer: Writer, sla: Sla, context: DeployContext): Promise<readonly string[]> {
  const made: string[] = []
  for (const application of sla.applications) {
    for (const service of application.services) made.push(await orderService(writer, application, service, context))
  }
  return made
}

async function orderService(
  writer: Writer,
  application: ApplicationDescriptor,
  descriptor: ServiceDescriptor,
  { ids, createdAtMs, actor }: DeployContext,
): Promise<string> {
  const { name, namespace } = application
  const fullName = jobName({ applicationName: name, applicationNamespace: namespace, descriptor })
  const known = await knownServices(writer)
  refuseTakenName(known, fullName)
  refuseIsolated(known, application)
  const id = ids.next()
  const order: ServiceOrder = {
    id,
    kind: 'add-service',
    serviceId: id,
    createdAtMs,
    actor,
    body: {
      application: applicationOf(known, application, ids),
      jobName: fullName,
      document: descriptor.source,
      addresses: await takeAddresses(writer, 'services'),
      nextInstanceNumber: 0,
    },
  }
  await writer.put(orders, order)
  const service: KnownService = { id, jobName: fullName, order, instances: [] }
  for (let count = descriptor.replicas ?? 1; count > 0; count -= 1) {
    await orderInstance(writer, service, { id: ids.next(), createdAtMs, actor })
  }
  return id
}

function refuseTakenName(known: readonly KnownService[], name: string): void {
  if (!known.some((service) => service.jobName === name)) return
  throw new OakError('conflict', `there is a service ${name} here already; scale it, or give this one another name`)
}

/** Who is to be admitted to a further service, and where that is, nobody here can tell; and open to all it must not be. */
function refuseIsolated(known: readonly KnownService[], { name, namespace }: ApplicationDescriptor): void {
  const isIsolated = known.some(
    ({ jobName: other, instances }) => other.startsWith(`${name}.${namespace}.`) && instances.some(({ spec }) => spec.admits !== undefined),
  )
  if (isIsolated) throw new OakError('conflict', `the application ${name} in ${namespace} is isolated: only root adds services to it`)
}

/** One that was made here under the same name, or a new one. */
function applicationOf(
  known: readonly KnownService[],
  { name, namespace, description, source }: ApplicationDescriptor,
  ids: IdGenerator,
): ServiceOrder['body']['application'] {
  const others = known.flatMap(({ order }) => order?.body.application ?? [])
  const same = others.find((other) => other.name === name && other.namespace === namespace)
  return same ?? { id: ids.next(), name, namespace, description, source }
}
