import { type DesiredInstance, hasEndedForGood, type InstanceSpec, type ObservedInstance, type Service } from '@oakestra/model'
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
  const ended = await lastWord(reader, instance, spec)
  return {
    instance: ended ? { ...instance, ended } : instance,
    service: { siteOnly },
    isOver: ended !== undefined,
    wanted: { service, spec },
    ...(await placeOf(reader, deps, instance, spec)),
  }
}

/** How it ended, when it ended for good: elsewhere it would run once more. */
async function lastWord(
  reader: Reader,
  { id, clusterId, ended }: DesiredInstance,
  spec: InstanceSpec,
): Promise<ObservedInstance | undefined> {
  if (hasEndedForGood(spec, ended)) return ended
  const report = await reader.get(reports, id)
  if (!report || report.clusterId !== clusterId || !hasEndedForGood(spec, report)) return undefined
  const { clusterId: _clusterId, ...word } = report
  return word
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
  const trouble = spec && mayBeMovedForTrouble(spec, report?.nodeId) ? troubles.of(id, clusterId) : undefined
  const place: Place = {
    presence: liveness.presence(clusterId),
    patienceMs: spec && patienceOf(liveness, { clusterId, ...spec, isSentAway: isRemoved || leaving !== undefined }),
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
