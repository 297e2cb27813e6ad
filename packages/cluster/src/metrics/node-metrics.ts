import type { MetricFamily } from '@oakestra/base'
import type { Node } from '@oakestra/model'
import type { Samples } from '@oakestra/wire'

/** What a cluster knows about one of its nodes. */
export interface SeenNode {
  readonly node: Node
  /** Undefined while the cluster, which just started, has not heard of it. */
  readonly isHere: boolean | undefined
  readonly instances: number
  readonly usage: Samples | undefined
}

/** What a cluster knows of its nodes, for people and for alerts. */
export function nodeMetrics(cluster: string, seen: readonly SeenNode[]): readonly MetricFamily[] {
  const family = (name: string, help: string, of: (each: SeenNode) => number | undefined): MetricFamily => ({
    name,
    help,
    kind: 'gauge',
    samples: seen.flatMap((each) => {
      const value = of(each)
      return value === undefined ? [] : [{ labels: { cluster, node: each.node.name }, value }]
    }),
  })
  return [
    family('oak_node_up', 'Whether a node is connected to its cluster.', ({ isHere }) => upOf(isHere)),
    family('oak_node_instances', 'Instances that have their place on a node.', ({ instances }) => instances),
    family('oak_node_cpu_percent', 'Use of processor by a node.', ({ usage }) => usage?.cpuPercent),
    family('oak_node_memory_percent', 'Use of memory by a node.', ({ usage }) => usage?.memoryPercent),
  ]
}

function upOf(isHere: boolean | undefined): number {
  return isHere === undefined ? Number.NaN : Number(isHere)
}
