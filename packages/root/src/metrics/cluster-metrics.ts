import type { MetricFamily } from '@oakestra/base'
import type { Cluster, ClusterFacts } from '@oakestra/model'
import type { Store } from '@oakestra/store'
import { clusters } from '../state/collections.ts'

/** What root knows of its clusters. */
export async function clusterMetrics(store: Store, connected: ReadonlySet<string>): Promise<readonly MetricFamily[]> {
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
    family('oak_cluster_up', 'Whether a cluster is connected to root.', ({ id }) => (connected.has(id) ? 1 : 0)),
    said('oak_cluster_active_nodes', 'Nodes of a cluster that are ready for work.', ({ activeNodes }) => activeNodes),
    said('oak_cluster_cpu_percent', 'Mean use of processor by the nodes of a cluster.', ({ cpuPercent }) => cpuPercent),
    said('oak_cluster_memory_percent', 'Mean use of memory by the nodes of a cluster.', ({ memoryPercent }) => memoryPercent),
    said('oak_cluster_memory_free_mebibytes', 'Memory of a cluster that is promised to nobody.', ({ memoryFreeMiB }) => memoryFreeMiB),
    said('oak_cluster_vcpus', 'Cores of a cluster.', ({ vcpusTotal }) => vcpusTotal),
  ]
}
