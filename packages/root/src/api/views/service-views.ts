import type { Cluster, DesiredInstance, GatewayFault, Service } from '@oakestra/model'
import type { Reader } from '@oakestra/store'
import type { InstanceView, ServiceView } from '@oakestra/wire'
import { gatewayTroubles } from '../../overlay/overlay-records.ts'
import { clusters, reports } from '../../state/collections.ts'
import { instancesOf } from '../../state/operations-ownership.ts'
import type { RootApiDeps } from '../deps.ts'

type ViewDeps = Pick<RootApiDeps, 'usage' | 'presence'>

/** Services with all that is known of their instances, output apart: that is not in the store. */
export async function serviceViews(reader: Reader, services: readonly Service[], deps: ViewDeps): Promise<ServiceView[]> {
  const known = new Map<string, Cluster | undefined>()
  const views: ServiceView[] = []
  for (const service of services) {
    const instances: InstanceView[] = []
    for (const instance of await instancesOf(reader, service.id)) instances.push(await instanceView(reader, instance, deps, known))
    views.push({ service, instances, gatewayFaults: await gatewayFaultsOf(reader, service, known) })
  }
  return views
}

/** Only what is published can fail to be. */
async function gatewayFaultsOf(
  reader: Reader,
  { id, descriptor }: Service,
  known: Map<string, Cluster | undefined>,
): Promise<NonNullable<ServiceView['gatewayFaults']>> {
  if (!descriptor.gateway) return []
  const all: (GatewayFault & { readonly cluster: string })[] = []
  for (const { clusterId, faults } of await reader.list(gatewayTroubles, { index: 'serviceId', equals: id })) {
    const cluster = (await clusterOf(reader, clusterId, known))?.name ?? clusterId
    all.push(...faults.map((fault) => ({ ...fault, cluster })))
  }
  return all
}

/** One instance; `known` keeps the clusters of one answer. */
export async function instanceView(
  reader: Reader,
  instance: DesiredInstance,
  deps: ViewDeps,
  known = new Map<string, Cluster | undefined>(),
): Promise<InstanceView> {
  const report = await reader.get(reports, instance.id)
  // A cluster that the instance has left may still speak about it: that is no news of this instance.
  const last = report && report.clusterId === instance.clusterId ? report : instance.ended
  const observed = last ? { observed: last } : {}
  const cluster = instance.clusterId === undefined ? undefined : await clusterOf(reader, instance.clusterId, known)
  const silentMs = cluster && deps.presence.awayMs(cluster.id)
  const silence = silentMs === undefined ? {} : { silentMs }
  const place = cluster ? { cluster: { name: cluster.name, location: cluster.location, ...silence } } : {}
  return { instance, usage: deps.usage(instance.id), ...observed, ...place }
}

async function clusterOf(reader: Reader, id: string, known: Map<string, Cluster | undefined>): Promise<Cluster | undefined> {
  if (!known.has(id)) known.set(id, await reader.get(clusters, id))
  return known.get(id)
}
