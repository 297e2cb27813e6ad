import type { Application, Service, ServiceAddress } from '@oakestra/model'
import { parseServices, type ServiceDescriptor } from '@oakestra/sla'
import type { Reader, Writer } from '@oakestra/store'
import type { AddServiceOrder } from '@oakestra/wire'
import { ADMIN_NAME } from '../accounts/ensure-accounts.ts'
import { allocateServiceAddresses } from '../addresses/service-addresses.ts'
import { applications, services } from '../state/collections.ts'
import { servicesOf } from '../state/operations-ownership.ts'
import { isClaimedBy } from '../unclaimed/claim-held.ts'
import type { Adoption, Verdict } from './adoption.ts'
import { takeFromStock } from './stock.ts'
import { takenOrders } from './taken-orders.ts'

// The longest name of a descriptor.
const NAME_LENGTH_MAX = 30

/** Takes over a service that was made at a cluster, as it is: same id, addresses and content. Its owner is Admin. */
export async function adoptService(writer: Writer, order: AddServiceOrder, adoption: Adoption): Promise<Verdict> {
  if (await writer.get(services, order.id)) return { outcome: 'taken' }
  // Taken before, and removed at root since.
  if (await writer.get(takenOrders, order.id)) return { outcome: 'taken' }
  const read = readDocument(order.body.document)
  if (!read.ok) return { outcome: 'refused', reason: read.reason }
  // First, for it may fail when no address is left.
  const addresses = await addressesOf(writer, order, adoption)
  const application = await applicationFor(writer, order, read.descriptor, adoption)
  const others = await servicesOf(writer, application.id)
  const service: Service = {
    id: order.id,
    applicationId: application.id,
    applicationName: application.name,
    applicationNamespace: application.namespace,
    descriptor: read.descriptor,
    revision: 1,
    nextInstanceNumber: order.body.nextInstanceNumber,
    addresses,
    createdAtMs: Math.max(order.createdAtMs, 1 + (others.at(-1)?.createdAtMs ?? 0)),
    removing: false,
    ...(application.isolated && { admits: [] }),
    // Each of its instances raises it.
    ...(read.descriptor.replicas !== undefined && { replicas: 0 }),
  }
  await writer.put(services, service)
  await writer.put(takenOrders, { id: order.id, clusterId: adoption.clusterId })
  return { outcome: 'taken' }
}

type Read = { readonly ok: true; readonly descriptor: ServiceDescriptor } | { readonly ok: false; readonly reason: string }

/** The cluster has read the document before; a root of another version may see it differently. */
function readDocument(document: unknown): Read {
  const runtime = typeof document === 'object' && document !== null && 'virtualization' in document ? String(document.virtualization) : ''
  const result = parseServices(document, { runtimes: new Set([runtime]) })
  if (!result.ok) {
    const reasons = result.violations.map(({ path, expected, found }) => `${path}: expected ${expected}, found ${found}`)
    return { ok: false, reason: `root does not accept the document: ${reasons.join('; ')}` }
  }
  const [descriptor, ...more] = result.value
  return descriptor && more.length === 0 ? { ok: true, descriptor } : { ok: false, reason: 'the document does not hold one service' }
}

async function addressesOf(writer: Writer, { id, body }: AddServiceOrder, adoption: Adoption): Promise<readonly ServiceAddress[]> {
  const isOwn = await isClaimedBy(writer, body.addresses, id)
  if (isOwn || (await takeFromStock(writer, adoption.clusterId, 'services', body.addresses, id))) {
    return [{ policy: 'round-robin', ...body.addresses }]
  }
  // Root or the cluster has a store from the past: two services must not have the same address.
  return allocateServiceAddresses(writer, id, {}, adoption.operation)
}

/** The application that the order names, one of the same name where the service has a name of its own, or a new one. */
async function applicationFor(
  writer: Writer,
  { body, createdAtMs }: AddServiceOrder,
  { name, namespace }: ServiceDescriptor,
  adoption: Adoption,
): Promise<Application> {
  const known = await writer.get(applications, body.application.id)
  if (known) return known
  const owned = await writer.list(applications, { index: 'owner', equals: ADMIN_NAME })
  const named = (text: string) => owned.find((each) => each.name === text && each.namespace === body.application.namespace)
  const same = named(body.application.name)
  if (same && !(await hasService(writer, same.id, name, namespace))) return same
  const text = same ? freeName(body.application.name, adoption.clusterName, (each) => named(each) === undefined) : body.application.name
  const application: Application = { ...body.application, name: text, owner: ADMIN_NAME, createdAtMs }
  await writer.put(applications, application)
  return application
}

async function hasService(reader: Reader, applicationId: string, name: string, namespace: string): Promise<boolean> {
  const others = await servicesOf(reader, applicationId)
  return others.some(({ descriptor }) => descriptor.name === name && descriptor.namespace === namespace)
}

/** The name and that of the cluster, in the letters that names may have. */
function freeName(name: string, clusterName: string, isFree: (name: string) => boolean): string {
  const cluster = clusterName.replaceAll(/[^a-zA-Z0-9]/g, '')
  for (let attempt = 1; ; attempt += 1) {
    const suffix = attempt === 1 ? cluster.slice(0, NAME_LENGTH_MAX / 2) : `${cluster.slice(0, NAME_LENGTH_MAX / 3)}${attempt}`
    const candidate = `${name.slice(0, NAME_LENGTH_MAX - suffix.length)}${suffix}`
    if (isFree(candidate)) return candidate
  }
}
