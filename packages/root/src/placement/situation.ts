import { type DesiredInstance, hasEndedForGood, type InstanceSpec, type Service } from '@oakestra/model'
import type { Liveness, Outbox } from '@oakestra/session'
import type { Reader } from '@oakestra/store'
import { instances, reports, services } from '../state/collections.ts'
import type { ClusterRoom } from './cluster-room.ts'
import { instanceSpec } from './instance-spec.ts'
import { patienceOf } from './patience.ts'
import type { Place, Situation } from './plan-instance.ts'
import type { Troubles } from './troubles.ts'

export interface SituationDeps {
  readonly outbox: Pick<Outbox, 'entry'>
  readonly liveness: Pick<Liveness, 'presence' | 'patienceMs'>
  readonly troubles: Pick<Troubles, 'of'>
  readonly room: Pick<ClusterRoom, 'cluster'>
}

/** An instance with all that is decided about it by. */
export interface InstanceFacts extends Situation {
  readonly instance: DesiredInstance
  /** What it shall be; absent when it shall not be at all. */
  readonly wanted?: { readonly service: Service; readonly spec: InstanceSpec }
}

/** Reads what the next decision about an instance follows from; undefined once it is forgotten. */
export async function readSituation(reader: Reader, deps: SituationDeps, id: string): Promise<InstanceFacts | undefined> {
  const instance = await reader.get(instances, id)
  if (!instance) return undefined
  const service = await reader.get(services, instance.serviceId)
  if (!service) return { instance, ...(await placeOf(reader, deps, instance)) }
  const spec = instanceSpec(service, instance)
  const { siteOnly } = spec.disconnect
  return { instance, service: { siteOnly }, wanted: { service, spec }, ...(await placeOf(reader, deps, instance, spec)) }
}

async function placeOf(
  reader: Reader,
  { outbox, liveness, troubles, room }: SituationDeps,
  { id, clusterId, leaving }: DesiredInstance,
  spec?: InstanceSpec,
): Promise<{ readonly place?: Place }> {
  if (clusterId === undefined) return {}
  const cluster = room.cluster(clusterId)
  const report = await reader.get(reports, id)
  const isRemoved = cluster?.removing ?? !cluster
  // What has ended for good has nothing left to move: elsewhere it would run once more.
  const living = spec && !hasEndedForGood(spec, report) ? spec : undefined
  const trouble = living && mayBeMovedForTrouble(living, report?.nodeId) ? troubles.of(id, clusterId) : undefined
  const place: Place = {
    presence: liveness.presence(clusterId),
    patienceMs: living && patienceOf(liveness, { clusterId, ...living, isSentAway: isRemoved || leaving !== undefined }),
    isRemoved,
    isLingering: report?.clusterId === clusterId || (await outbox.entry(reader, clusterId, id)) !== undefined,
    ...(trouble && { trouble }),
  }
  return { place }
}

/** What is kept on a node that is cut off is not moved by anybody but an operator; without a node it is not kept anywhere. */
function mayBeMovedForTrouble({ disconnect }: InstanceSpec, nodeId: string | undefined): boolean {
  return disconnect.action !== 'keep' || nodeId === undefined
}
