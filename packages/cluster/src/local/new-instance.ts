import { OakError } from '@oakestra/base'
import { type InstanceSpec, type Process, processOf } from '@oakestra/model'
import { parseServices } from '@oakestra/sla'
import type { Writer } from '@oakestra/store'
import type { KnownService } from './known-services.ts'
import { type InstanceOrder, orders, type ServiceOrder, serviceOrder } from './orders.ts'
import { takeAddresses, takeNumber } from './stock.ts'

export interface OrderContext {
  readonly id: string
  readonly createdAtMs: number
  readonly actor: string
}

/** What all instances of a service have in common, of the newest revision that is known here. */
type Template = Process & Pick<InstanceSpec, 'serviceId' | 'applicationId' | 'jobName' | 'revision' | 'serviceAddresses' | 'admits'>

/**
 * Orders one more instance of a service that is known here.
 * @throws OakError `unavailable`, `resource-exhausted` see `takeAddresses`; `conflict` when nothing says what it would be
 */
export async function orderInstance(writer: Writer, service: KnownService, context: OrderContext): Promise<InstanceOrder> {
  const template = templateOf(service)
  const number = await numberFor(writer, service.id)
  const addresses = await takeAddresses(writer, 'instances')
  const body: InstanceSpec = { ...template, instanceId: context.id, number, addresses, term: 0 }
  const order: InstanceOrder = { ...context, kind: 'add-instance', serviceId: service.id, body }
  await writer.put(orders, order)
  return order
}

/** Small numbers for a service that root cannot know of; else out of a range that root leaves alone. */
async function numberFor(writer: Writer, serviceId: string): Promise<number> {
  const made = await serviceOrder(writer, serviceId)
  if (!made || made.told) return takeNumber(writer)
  const { nextInstanceNumber } = made.body
  const next: ServiceOrder = { ...made, body: { ...made.body, nextInstanceNumber: nextInstanceNumber + 1 } }
  await writer.put(orders, next)
  return nextInstanceNumber
}

function templateOf({ instances, order }: KnownService): Template {
  const newest = instances.toSorted(
    (one, other) => other.spec.revision - one.spec.revision || Number(other.isRoots) - Number(one.isRoots),
  )[0]
  if (newest) return newest.spec
  if (!order) throw new OakError('conflict', 'nothing of this service is left here, so this cluster cannot know what it is')
  return firstTemplate(order)
}

/** The same as root makes of the document, so that nothing changes when root takes it over. */
function firstTemplate({ id, body }: ServiceOrder): Template {
  const runtime = String(body.document['virtualization'] ?? '')
  const result = parseServices(body.document, { runtimes: new Set([runtime]) })
  const descriptor = result.ok ? result.value[0] : undefined
  if (!descriptor) throw new OakError('conflict', 'this program does not accept the document of this service any more')
  return {
    serviceId: id,
    applicationId: body.application.id,
    jobName: body.jobName,
    revision: 1,
    serviceAddresses: [{ policy: 'round-robin', ...body.addresses }],
    ...processOf(descriptor),
  }
}
