import type { InstanceSpec } from '@oakestra/model'
import { inboxItems } from '@oakestra/session'
import type { Reader } from '@oakestra/store'
import { instanceSpecSchema } from '@oakestra/wire'
import { isInForce, type LocalOrder, orders, removalId, type ServiceOrder } from './orders.ts'

/** An instance of which root or an order says something. */
export interface KnownInstance {
  readonly id: string
  readonly number: number
  readonly spec: InstanceSpec
  /** Whether it shall run. */
  readonly isWanted: boolean
  /** Whether root's document has it. */
  readonly isRoots: boolean
  readonly added?: LocalOrder
  readonly removed?: LocalOrder
}

/** A service as this cluster knows it: by its instances here, or by an order. */
export interface KnownService {
  readonly id: string
  readonly jobName: string
  readonly order?: ServiceOrder
  /** By number, then by id. */
  readonly instances: readonly KnownInstance[]
}

/** Every service that has instances here, or was made here. What root says and cannot be understood is not among it. */
export async function knownServices(reader: Reader): Promise<readonly KnownService[]> {
  const all = new Map((await reader.list(orders)).map((order) => [order.id, order]))
  const items = await reader.list(inboxItems, { index: 'kind', equals: 'instance' })
  const fromRoot = items.flatMap(({ body }) => {
    const spec = instanceSpecSchema.safeParse(body)
    return spec.success ? [known(spec.data, true, all)] : []
  })
  const rootIds = new Set(fromRoot.map(({ id }) => id))
  const fromHere = [...all.values()].flatMap((order) =>
    order.kind === 'add-instance' && !rootIds.has(order.id) ? [known(order.body, false, all)] : [],
  )
  return grouped([...fromRoot, ...fromHere], all)
}

function known(spec: InstanceSpec, isRoots: boolean, all: ReadonlyMap<string, LocalOrder>): KnownInstance {
  const { instanceId: id, number } = spec
  const added = all.get(id)
  const removed = all.get(removalId(id))
  const isWanted = !removed && (isRoots || (added !== undefined && isInForce(added)))
  return { id, number, spec, isRoots, isWanted, ...(added && { added }), ...(removed && { removed }) }
}

function grouped(instances: readonly KnownInstance[], all: ReadonlyMap<string, LocalOrder>): readonly KnownService[] {
  const byService = new Map<string, KnownInstance[]>()
  for (const order of all.values()) if (order.kind === 'add-service') byService.set(order.id, [])
  for (const instance of instances) {
    const own = byService.get(instance.spec.serviceId)
    if (own) own.push(instance)
    else byService.set(instance.spec.serviceId, [instance])
  }
  return [...byService]
    .map(([id, own]) => serviceOf(id, own, all.get(id)))
    .toSorted((one, other) => one.jobName.localeCompare(other.jobName) || one.id.localeCompare(other.id))
}

function serviceOf(id: string, own: readonly KnownInstance[], order: LocalOrder | undefined): KnownService {
  const made = order?.kind === 'add-service' ? order : undefined
  return {
    id,
    // Root may have given it another one since.
    jobName: own.find(({ isRoots }) => isRoots)?.spec.jobName ?? made?.body.jobName ?? own[0]?.spec.jobName ?? '',
    ...(made && { order: made }),
    instances: own.toSorted((one, other) => one.number - other.number || one.id.localeCompare(other.id)),
  }
}
