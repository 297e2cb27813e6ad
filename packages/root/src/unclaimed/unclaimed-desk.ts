import { OakError } from '@oakestra/base'
import { type Cluster, jobName, type Service } from '@oakestra/model'
import type { Reader, Store, Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { QUIET_MS } from '../addresses/allocate.ts'
import { userActor } from '../events/record-event.ts'
import { storeAs } from '../events/recording-store.ts'
import { clusters, services } from '../state/collections.ts'
import { dropUnclaimed } from './drop-unclaimed.ts'
import { restoreInstance } from './restore-instance.ts'
import { restoreService } from './restore-service.ts'
import { type UnclaimedInstance, unclaimed } from './unclaimed-instance.ts'
import type { UnknownDeps } from './unknown-deps.ts'

/** An unclaimed instance as people see it. */
export interface UnclaimedView extends UnclaimedInstance {
  readonly cluster?: Cluster
  /** One sentence: why root does not know it as one of a service's. */
  readonly reason: string
}

/** Where operators decide about what runs and nobody is known to want. */
export interface UnclaimedDesk {
  /** By cluster, service and number. */
  list(): Promise<readonly UnclaimedView[]>
  /**
   * Makes it one of its service's, which is made again when it is not known.
   * @throws OakError `not-found`; `conflict`, with the reason
   */
  adopt(actor: Actor, clusterId: string, instanceId: string): Promise<{ readonly serviceId: string; readonly jobName: string }>
  /** Orders it gone. @throws OakError `not-found` */
  drop(clusterId: string, instanceId: string): Promise<void>
}

export function createUnclaimedDesk(store: Store, deps: UnknownDeps): UnclaimedDesk {
  return {
    list: () => store.read(listUnclaimed),
    adopt: (actor, clusterId, instanceId) =>
      storeAs(store, userActor(actor)).write((writer) => adopt(writer, deps, actor, { clusterId, instanceId })),
    drop: (clusterId, instanceId) =>
      store.write(async (writer) => {
        await find(writer, { clusterId, instanceId })
        await dropUnclaimed(writer, instanceId)
      }),
  }
}

async function listUnclaimed(reader: Reader): Promise<readonly UnclaimedView[]> {
  const known = await reader.list(unclaimed)
  const byId = new Map((await reader.list(clusters)).map((cluster) => [cluster.id, cluster]))
  const views: UnclaimedView[] = []
  for (const record of known) {
    const cluster = byId.get(record.clusterId)
    const reason = reasonOf(record, await reader.get(services, record.serviceId))
    views.push({ ...record, reason, ...(cluster && { cluster }) })
  }
  return views.toSorted(
    (a, b) => compare(a.clusterId, b.clusterId) || compare(a.spec.jobName, b.spec.jobName) || a.spec.number - b.spec.number,
  )
}

function reasonOf({ spec }: UnclaimedInstance, service: Service | undefined): string {
  if (!service) return 'root knows no such service'
  if (service.removing) return 'its service is being removed'
  return `it could not be instance ${spec.number} of its service again: that number, or the declared count, is taken`
}

async function adopt(
  writer: Writer,
  deps: UnknownDeps,
  actor: Actor,
  place: Pick<UnclaimedInstance, 'clusterId' | 'instanceId'>,
): Promise<{ readonly serviceId: string; readonly jobName: string }> {
  const { spec, clusterId } = await find(writer, place)
  const operation = { ids: deps.ids, nowMs: deps.clock.wallMs(), quietMs: QUIET_MS }
  const service = (await writer.get(services, spec.serviceId)) ?? (await restoreService(writer, actor, spec, operation))
  if (service.removing) throw new OakError('conflict', `the service ${jobName(service)} is being removed; drop the instance`)
  const isRestored = await restoreInstance(writer, deps, { service, spec, clusterId, operation, anyNumber: true })
  if (!isRestored) throw new OakError('conflict', `the service ${jobName(service)} has as many declared instances as one may have`)
  await writer.remove(unclaimed, place.instanceId)
  return { serviceId: service.id, jobName: jobName(service) }
}

async function find(
  reader: Reader,
  { clusterId, instanceId }: Pick<UnclaimedInstance, 'clusterId' | 'instanceId'>,
): Promise<UnclaimedInstance> {
  const record = await reader.get(unclaimed, instanceId)
  if (record?.clusterId !== clusterId) throw new OakError('not-found', 'this cluster has no unclaimed instance of this id')
  return record
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
