import type { LoadSample } from '../session/load-history.ts'
import type { EventFilter } from './event-filter.ts'

/** Loads in one round: some 250 KB. With more nodes each gets its turn in one of the next rounds. */
const ROUND_MAX = 2_000

/**
 * Chooses what a watcher wants to know of nodes and clusters, which everybody may see. Who watches an application wants none of it.
 * @param turn of this round: where among too many it begins
 */
export function chooseLoads(filter: EventFilter, loads: readonly LoadSample[], turn: number): readonly LoadSample[] {
  const { applicationId, serviceId, instanceId, clusterId, nodeId } = filter
  if (applicationId !== undefined || serviceId !== undefined || instanceId !== undefined) return []
  const wanted = loads.filter(
    (load) => (clusterId === undefined || load.clusterId === clusterId) && (nodeId === undefined || load.nodeId === nodeId),
  )
  const from = wanted.length > ROUND_MAX ? (turn * ROUND_MAX) % wanted.length : 0
  return wanted.slice(from, from + ROUND_MAX)
}
