import { OakError } from '@oakestra/base'
import { type DesiredInstance, hasEndedForGood, type InstanceSpec, type RestartWish } from '@oakestra/model'
import type { Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { instanceSpec } from '../placement/instance-spec.ts'
import { instances, type ReportedInstance, reports } from './collections.ts'
import { ownInstance } from './operations-ownership.ts'

/** Which instance shall be started again where it is. */
export interface RestartRequest {
  readonly serviceId: string
  readonly number: number
  /** One sentence for the record. */
  readonly reason?: string | undefined
}

/**
 * Asks for a new process of an instance, on the node that has it, under the same number and addresses. It is a count that only grows
 * and is handed down with the rest of what is wanted: whoever loses the answer, or its life, on the way repeats nothing.
 * @throws OakError `not-found`, `forbidden`; `conflict` there is nothing that could be started again, with the reason
 */
export async function restartInstance(writer: Writer, actor: Actor, request: RestartRequest): Promise<RestartWish> {
  const { service, instance } = await ownInstance(writer, actor, request.serviceId, request.number)
  const report = await writer.get(reports, instance.id)
  const refusal = refusalOf(instance, instanceSpec(service, instance), report)
  if (refusal !== undefined) throw new OakError('conflict', refusal)
  const restart = nextWish(instance, report, request.reason)
  await writer.put(instances, { ...instance, restart })
  return restart
}

function refusalOf(instance: DesiredInstance, spec: InstanceSpec, report: ReportedInstance | undefined): string | undefined {
  if (instance.removing) return 'this instance is being removed'
  if (spec.oneShot) return 'a one-shot runs once: deploy another instance to run it again'
  if (hasEndedForGood(spec, instance.ended ?? report))
    return 'this instance has ended for good, as its restart policy says: deploy another one'
  if (instance.clusterId === undefined) return 'this instance has no place yet, so there is nothing to start again; its status says why'
  return undefined
}

/** More than was ever asked for, also before this store was restored from an older one. */
function nextWish(instance: DesiredInstance, report: ReportedInstance | undefined, reason: string | undefined): RestartWish {
  const asked = Math.max(instance.restart?.asked ?? 0, report?.restartsAsked ?? 0) + 1
  return { asked, ...(reason !== undefined && { reason }) }
}
