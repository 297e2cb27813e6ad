import type { Cluster, ClusterFacts } from '@oakestra/model'
import type { NewEvent } from '../record-event.ts'
import type { Touch } from '../touches.ts'

type Told = Pick<NewEvent, 'kind' | 'actor' | 'details'>

/** What happened to a cluster. That it came or went is told by whoever holds its connection: no document says so. */
export function clusterEvents({ before, after }: Touch<Cluster>): readonly NewEvent[] {
  const cluster = after ?? before
  if (!cluster) return []
  const about = { object: { type: 'cluster', id: cluster.id, name: cluster.name }, clusterId: cluster.id } as const
  return told(before, after).map((each) => ({ ...each, ...about }))
}

function told(before: Cluster | undefined, after: Cluster | undefined): readonly Told[] {
  if (!before && after) return [{ kind: 'cluster.joined' }]
  if (before && !after) return [{ kind: 'cluster.removed' }]
  if (!before || !after) return []
  if (after.removing && !before.removing) return [{ kind: 'cluster.removing' }]
  return [...standing(before, after), ...capacity(before, after)]
}

function standing(before: Cluster, after: Cluster): readonly Told[] {
  const cordoned = after.cordoned ?? false
  const labels = after.labels ?? []
  if (cordoned === (before.cordoned ?? false) && labels.join() === (before.labels ?? []).join()) return []
  return [{ kind: 'cluster.changed', details: { cordoned, labels } }]
}

function capacity({ facts: before }: Cluster, { id, name, facts: after }: Cluster): readonly Told[] {
  if (!after || before?.activeNodes === after.activeNodes) return []
  const details = { activeNodes: after.activeNodes, before: before?.activeNodes ?? 0, ...nodesThat(before, after) }
  return [{ kind: 'cluster.capacity', actor: { kind: 'cluster', id, name }, details }]
}

/** Large clusters do not tell the names of their nodes. */
function nodesThat(before: ClusterFacts | undefined, after: ClusterFacts): Readonly<Record<string, readonly string[]>> {
  if (!after.nodeNames || (before && !before.nodeNames)) return {}
  const [was, is] = [new Set(before?.nodeNames), new Set(after.nodeNames)]
  return { came: [...is].filter((name) => !was.has(name)), went: [...was].filter((name) => !is.has(name)) }
}
