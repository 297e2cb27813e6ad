export { createClusterApi } from './api.ts'
export { type Cluster, type ClusterOptions, createCluster } from './create-cluster.ts'
export { CLUSTER_COLLECTIONS } from './state.ts'
