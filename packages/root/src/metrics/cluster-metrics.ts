import type { MetricFamily, MetricSample } from '@oakestra/base'
import type { Cluster, ClusterFacts } from '@oakestra/model'
import type { Store } from '@oakestra/store'
import { clusters } from '../state/collections.ts'

// As many alerts as are ever open at once: more is one trouble, and the counts say how large it is.
const AWAY_MAX = 500

export interface ClusterPresence {
  readonly connected: ReadonlySet<string>
  /** Root just started, and has not heard of the cluster yet. */
  readonly isUnheard: (clusterId: string) => boolean
}

/**
 * What root knows of its clusters. A cluster that is away is taken at its last word: that it cannot be asked says nothing about its
 * nodes, and ends no alert about one.
 */
export async function clusterMetrics(store: Store, { connected, isUnheard }: ClusterPresence): Promise<readonly MetricFamily[]> {
  const all = (await store.read((reader) => reader.list(clusters))).filter(({ removing }) => !removing)
  const family = (name: string, help: string, of: (cluster: Cluster) => number | undefined): MetricFamily => ({
    name,
    help,
    kind: 'gauge',
    samples: all.flatMap((cluster) => {
      const value = of(cluster)
      return value === undefined ? [] : [{ labels: { cluster: cluster.name }, value }]
    }),
  })
  const said = (name: string, help: string, of: (facts: ClusterFacts) => number) => family(name, help, ({ facts }) => facts && of(facts))
  return [
    family('oak_cluster_up', 'Whether a cluster is connected to root.', ({ id }) =>
      isUnheard(id) ? Number.NaN : Number(connected.has(id)),
    ),
    said('oak_cluster_active_nodes', 'Nodes of a cluster that are ready for work.', ({ activeNodes }) => activeNodes),
    said('oak_cluster_cpu_percent', 'Mean use of processor by the nodes of a cluster.', ({ cpuPercent }) => cpuPercent),
    said('oak_cluster_memory_percent', 'Mean use of memory by the nodes of a cluster.', ({ memoryPercent }) => memoryPercent),
    said('oak_cluster_memory_free_mebibytes', 'Memory of a cluster that is promised to nobody.', ({ memoryFreeMiB }) => memoryFreeMiB),
    said('oak_cluster_vcpus', 'Cores of a cluster.', ({ vcpusTotal }) => vcpusTotal),
    { name: 'oak_cluster_nodes', help: 'Nodes of a cluster, each in one state.', kind: 'gauge', samples: all.flatMap(nodesByState) },
    {
      name: 'oak_node_up',
      help: 'Whether a node is connected to its cluster; at root only those that are not.',
      kind: 'gauge',
      samples: all.flatMap(nodesAway).slice(0, AWAY_MAX),
    },
  ]
}

function nodesByState({ name: cluster, facts }: Cluster): readonly MetricSample[] {
  if (!facts?.nodeStates) return []
  const { here, cordoned, away } = facts.nodeStates
  return Object.entries({ here, cordoned, away }).map(([state, value]) => ({ labels: { cluster, state }, value }))
}

function nodesAway({ name: cluster, facts }: Cluster): readonly MetricSample[] {
  return (facts?.nodeStates?.awayNames ?? []).map((node) => ({ labels: { cluster, node }, value: 0 }))
}
