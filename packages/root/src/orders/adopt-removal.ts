import type { Outbox } from '@oakestra/session'
import type { Writer } from '@oakestra/store'
import { instances, services } from '../state/collections.ts'
import { dropUnclaimed } from '../unclaimed/drop-unclaimed.ts'
import type { Verdict } from './adoption.ts'

/**
 * Takes over that an instance was removed at its cluster: a removal wins over whatever else is wanted of it, an update or a move. It
 * leaves the cluster's document together with it, so that no document brings it back.
 */
export async function adoptRemoval(writer: Writer, outbox: Outbox, clusterId: string, instanceId: string): Promise<Verdict> {
  await dropUnclaimed(writer, instanceId)
  const instance = await writer.get(instances, instanceId)
  if (instance && !instance.removing) {
    await writer.put(instances, { ...instance, removing: true })
    const service = await writer.get(services, instance.serviceId)
    if (service?.replicas !== undefined && !service.removing) {
      await writer.put(services, { ...service, replicas: Math.max(0, service.replicas - 1) })
    }
  }
  await outbox.remove(writer, clusterId, instanceId)
  return { outcome: 'taken' }
}
