import type { DesiredInstance, Rejection } from '@oakestra/model'

/** How long a cluster that an instance had to leave is the last to be asked. */
const AVOID_MS = 10 * 60_000

/** Clusters that shall not have an instance unless there is no other, each with the reason. */
export function avoidedBy({ clusterId, leaving, avoid = {} }: DesiredInstance, nowMs: number): ReadonlyMap<string, string> {
  const avoided = new Map<string, string>()
  for (const [id, untilMs] of Object.entries(avoid)) if (untilMs > nowMs) avoided.set(id, 'could not run it a few minutes ago')
  if (clusterId !== undefined && leaving) avoided.set(clusterId, `is what it leaves: ${leaving.reason}`)
  // Whoever names a cluster knows better.
  if (leaving?.targetId !== undefined) avoided.delete(leaving.targetId)
  return avoided
}

/** The instance with another cluster. Its term says how many it had before. */
export function moved(
  instance: DesiredInstance,
  clusterId: string,
  { nowMs, note }: { readonly nowMs: number; readonly note: string | undefined },
): DesiredInstance {
  const { rejection: _rejection, leaving: _leaving, avoid: _avoid, placementNote: _note, ...rest } = instance
  const isFirst = instance.clusterId === undefined && instance.term === undefined
  return {
    ...rest,
    clusterId,
    ...(!isFirst && { term: (instance.term ?? 0) + 1 }),
    ...laterAvoided(instance, nowMs),
    ...(note !== undefined && { placementNote: note }),
  }
}

/** The instance without a cluster: it never had one, or was seen to be gone from it and nobody takes it now. */
export function unplaced(instance: DesiredInstance, rejection: Rejection, note: string | undefined): DesiredInstance {
  const { clusterId, leaving: _leaving, placementNote: _note, ...rest } = instance
  return {
    ...rest,
    ...(clusterId !== undefined && { term: instance.term ?? 0 }),
    rejection,
    ...(note !== undefined && { placementNote: note }),
  }
}

/** The instance without a cluster, because it needs none any more. */
export function resting(instance: DesiredInstance): DesiredInstance {
  const { clusterId: _cluster, leaving: _leaving, avoid: _avoid, rejection: _rejection, placementNote: _note, ...rest } = instance
  return rest
}

export function withoutRejection(instance: DesiredInstance): DesiredInstance {
  const { rejection: _over, ...rest } = instance
  return rest
}

function laterAvoided({ avoid = {}, clusterId, leaving }: DesiredInstance, nowMs: number): Pick<DesiredInstance, 'avoid'> {
  const still = Object.entries(avoid).filter(([, untilMs]) => untilMs > nowMs)
  if (clusterId !== undefined && leaving) still.push([clusterId, nowMs + AVOID_MS])
  return still.length > 0 ? { avoid: Object.fromEntries(still) } : {}
}
