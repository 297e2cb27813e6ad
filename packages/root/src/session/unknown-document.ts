import type { DesiredInstance, InstanceSpec } from '@oakestra/model'
import type { Outbox } from '@oakestra/session'
import type { Writer } from '@oakestra/store'
import { type DocumentItem, instanceSpecSchema } from '@oakestra/wire'
import { reserveAddress } from '../addresses/allocate.ts'
import { withoutRejection } from '../placement/next-instance.ts'
import { instances, services } from '../state/collections.ts'

/**
 * Takes over what a cluster holds and this store knows nothing of: the store is from the past, or the cluster has joined anew (decision
 * 10). It goes on as it is, and nobody else is given its addresses. Of an instance that has moved since, the newer copy is believed.
 */
export async function takeUnknownDocument(
  writer: Writer,
  outbox: Outbox,
  clusterId: string,
  items: readonly DocumentItem[],
): Promise<void> {
  for (const item of items) {
    if (await outbox.entry(writer, clusterId, item.id)) continue
    const spec = item.kind === 'instance' ? instanceSpecSchema.safeParse(item.body).data : undefined
    if (!spec || (await isToGoOn(writer, outbox, clusterId, spec))) await outbox.put(writer, clusterId, item)
  }
}

async function isToGoOn(writer: Writer, outbox: Outbox, clusterId: string, spec: InstanceSpec): Promise<boolean> {
  const known = await writer.get(instances, spec.instanceId)
  if (!known) {
    await reserveAddresses(writer, spec)
    return true
  }
  if (known.removing) return false
  if (known.clusterId === clusterId) return true
  if (known.clusterId !== undefined && spec.term <= (known.term ?? 0)) return false
  await moveHere(writer, outbox, known, { clusterId, term: spec.term })
  return true
}

/** It moved after the backup: whoever had it then is told that it is gone. */
async function moveHere(
  writer: Writer,
  outbox: Outbox,
  known: DesiredInstance,
  place: Required<Pick<DesiredInstance, 'clusterId' | 'term'>>,
): Promise<void> {
  if (known.clusterId !== undefined) await outbox.remove(writer, known.clusterId, known.id)
  const { leaving: _leaving, ...rest } = withoutRejection(known)
  await writer.put(instances, { ...rest, ...place })
}

/** Its service may be unknown, too, or known with the same addresses. */
async function reserveAddresses(writer: Writer, { instanceId, serviceId, addresses, serviceAddresses }: InstanceSpec): Promise<void> {
  for (const address of [addresses.v4, addresses.v6]) await reserveAddress(writer, address, instanceId)
  if (await writer.get(services, serviceId)) return
  for (const { v4, v6 } of serviceAddresses) {
    for (const address of [v4, v6]) if (address !== undefined) await reserveAddress(writer, address, serviceId)
  }
}
