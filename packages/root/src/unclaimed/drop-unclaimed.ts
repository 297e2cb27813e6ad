import type { DesiredInstance } from '@oakestra/model'
import type { Writer } from '@oakestra/store'
import { instances } from '../state/collections.ts'
import { unclaimed } from './unclaimed-instance.ts'

/**
 * Takes down that nobody wants what was unclaimed: from here on it is an instance like any other that is being removed, whose record
 * and addresses are kept until nothing of it is left. False when there is no such one.
 */
export async function dropUnclaimed(writer: Writer, instanceId: string): Promise<boolean> {
  const record = await writer.get(unclaimed, instanceId)
  if (!record) return false
  const { spec, clusterId, seenAtMs } = record
  const instance: DesiredInstance = {
    id: instanceId,
    serviceId: spec.serviceId,
    number: spec.number,
    addresses: spec.addresses,
    createdAtMs: seenAtMs,
    clusterId,
    term: spec.term,
    revision: spec.revision,
    removing: true,
  }
  await writer.put(instances, instance)
  await writer.remove(unclaimed, instanceId)
  return true
}
