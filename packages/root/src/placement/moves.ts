import { OakError } from '@oakestra/base'
import { type DesiredInstance, hasEndedForGood, type Rejection } from '@oakestra/model'
import type { Store, Writer } from '@oakestra/store'
import type { Actor } from '../accounts/actor.ts'
import { userActor } from '../events/record-event.ts'
import { storeAs } from '../events/recording-store.ts'
import type { ClusterRequests } from '../session/cluster-requests.ts'
import { clusters, instances, reports } from '../state/collections.ts'
import { ownInstance } from '../state/operations-ownership.ts'
import { instanceSpec } from './instance-spec.ts'
import { avoidedBy } from './next-instance.ts'
import type { Placer } from './placer.ts'

/** Which instance a person wants moved, and where to. Without a target its cluster chooses another node. */
export interface MoveRequest {
  readonly serviceId: string
  readonly number: number
  readonly clusterId?: string | undefined
  /** Within the cluster that has it. */
  readonly nodeId?: string | undefined
}

/** Moves instances because somebody wants it. */
export interface Moves {
  /**
   * Between clusters it is ended first and then started by the other one; this answers when that is decided.
   * @throws OakError `not-found`; `bad-request`, `conflict` it cannot be moved there, with the reason;
   * `unavailable` its cluster is not connected; else what its cluster answers
   */
  move(actor: Actor, request: MoveRequest): Promise<void>
}

export interface MovesDeps {
  readonly store: Store
  readonly placer: Placer
  readonly requests: Pick<ClusterRequests, 'moveInstance'>
}

export function createMoves({ store, placer, requests }: MovesDeps): Moves {
  return {
    async move(actor, request) {
      const within = await storeAs(store, userActor(actor)).write((writer) => decide(writer, placer, actor, request))
      if (!within) return
      const { nodeId } = request
      const move = { instanceId: within.instanceId, reason: reasonOf(actor), ...(nodeId !== undefined && { nodeId }) }
      await requests.moveInstance(within.clusterId, move)
    },
  }
}

/** Decides about a move to another cluster; one within its cluster is that cluster's to decide, and is given back. */
async function decide(writer: Writer, placer: Placer, actor: Actor, request: MoveRequest) {
  const { service, instance } = await ownInstance(writer, actor, request.serviceId, request.number)
  const { clusterId } = instance
  if (instance.removing) throw new OakError('conflict', 'this instance is being removed')
  const spec = instanceSpec(service, instance)
  if (hasEndedForGood(spec, instance.ended ?? (await writer.get(reports, instance.id)))) {
    throw new OakError('conflict', 'this instance has ended, and is not started again anywhere')
  }
  if (clusterId === undefined) throw new OakError('conflict', 'this instance has no place yet that it could leave; its status says why')
  if (request.clusterId === undefined || request.clusterId === clusterId) return { instanceId: instance.id, clusterId }
  if (request.nodeId !== undefined) {
    throw new OakError('bad-request', 'a node can be chosen only in the cluster that has the instance; name the cluster alone')
  }
  if (spec.disconnect.siteOnly) throw new OakError('conflict', 'this service never leaves the cluster it was placed in (site_only)')
  const target = await writer.get(clusters, request.clusterId)
  if (!target) throw new OakError('not-found', 'there is no cluster of this id')
  const leaving = { reason: reasonOf(actor), targetId: target.id }
  const next: DesiredInstance = { ...instance, leaving }
  const asked = await placer.request(writer, spec, avoidedBy(next, 0))
  const result = placer.choose(asked, instance.serviceId, target.id)
  if (!result.ok || result.candidateId !== target.id) {
    throw new OakError(
      'conflict',
      `the cluster ${target.name} cannot take it: ${result.ok ? result.notes.join('; ') : reasonsOf(result.rejection, target.id)}`,
    )
  }
  placer.stage(next)
  await writer.put(instances, next)
  return undefined
}

function reasonOf({ name }: Actor): string {
  return `${name} moved it`
}

function reasonsOf({ candidates, detail }: Rejection, clusterId: string): string {
  return candidates.find(({ id }) => id === clusterId)?.reasons.join('; ') ?? detail
}
