import { toWireCluster } from '@oakestra/wire'
import { isJson } from '../../hooks/merge-answer.ts'
import { clusters } from '../../state/collections.ts'
import type { BeforeHandling } from '../route.ts'
import { askerOf, wants } from './ask-hooks.ts'

/** Asks about what an operator decides about a cluster: what is named in the body. */
export const beforeClusterChange: BeforeHandling = async (deps, { params }, json) => {
  if (!wants(deps, 'pre_update', 'clusters') || !isJson(json)) return json
  const id = idIn(params)
  return askerOf(deps)('pre_update', { kind: 'clusters', id }, json, { _id: id })
}

export const beforeClusterRemoval: BeforeHandling = async (deps, { params }, json) => {
  if (!wants(deps, 'pre_delete', 'clusters')) return json
  const id = idIn(params)
  const cluster = await deps.store.read((reader) => reader.get(clusters, id))
  if (!cluster) return json
  const view = toWireCluster(cluster, deps.connectedClusters().has(id), deps.presence.presence(id))
  await askerOf(deps)('pre_delete', { kind: 'clusters', id }, view, { _id: id })
  return json
}

function idIn(params: object): string {
  return (params as Readonly<Record<string, string>>)['clusterId'] ?? ''
}
