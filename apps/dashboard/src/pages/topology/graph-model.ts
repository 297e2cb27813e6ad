import type { Api } from '@oakestra/api-client'
import { count } from '../../words/amounts.ts'
import { presenceText } from '../../words/presence.ts'
import { serviceSummary, type Tone } from '../../words/status.ts'

/** A thing of a picture. */
export interface Thing {
  readonly id: string
  readonly title: string
  readonly text: string
  readonly tone: Tone
  /** Where a click leads. */
  readonly to: string
}

export interface Link {
  readonly from: string
  readonly to: string
  readonly label?: string
}

export interface Picture {
  readonly things: readonly Thing[]
  readonly links: readonly Link[]
}

/** With more nodes, each cluster stands for its own: a picture of a thousand boxes shows nothing. */
export const NODES_MAX = 150

/** Root, clusters, nodes. Pure. */
export function tiersOf(clusters: readonly Api.Cluster[], nodes: readonly Api.Node[], services: readonly Api.Service[]): Picture {
  const names = namesByNode(services)
  const root: Thing = { id: 'root', title: 'root', text: count(clusters.length, 'cluster'), tone: 'good', to: '/clusters' }
  const clusterThings = clusters.map((each) => ({
    id: each._id,
    title: each.cluster_name,
    text: `${count(each.active_nodes, 'node')} ready`,
    tone: presenceText(each).tone,
    to: `/clusters/${each._id}`,
  }))
  const drawn = nodes.length <= NODES_MAX ? nodes : []
  const nodeThings = drawn.map((each) => ({
    id: each.id,
    title: each.name,
    text: (names.get(each.id) ?? []).slice(0, 6).join(', ') || 'nothing runs',
    tone: presenceText(each).tone,
    to: `/clusters/${each.cluster_id}`,
  }))
  return {
    things: [root, ...clusterThings, ...nodeThings],
    links: [
      ...clusters.map(({ _id }) => ({ from: 'root', to: _id })),
      ...drawn.map(({ id, cluster_id }) => ({ from: cluster_id, to: id })),
    ],
  }
}

function namesByNode(services: readonly Api.Service[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>()
  for (const service of services) {
    for (const { worker_id: node, instance_number: number } of service.instance_list) {
      const name = `${service.microservice_name} ${number}`
      const known = names.get(node)
      if (known) known.push(name)
      else names.set(node, [name])
    }
  }
  return names
}

/** Services, and which of them names the address of which other in its descriptor. Pure. */
export function connectionsOf(services: readonly Api.Service[]): Picture {
  const things = services.map((service) => {
    const { tone, running, total } = serviceSummary(service)
    return {
      id: service.microserviceID,
      title: service.microservice_name,
      text: `${service.application_name} · ${running} / ${service.replicas ?? total}`,
      tone,
      to: `/services/${service.microserviceID}`,
    }
  })
  const addresses = new Map(
    services.flatMap((service) => addressesOf(service).map(([address, policy]) => [address, { id: service.microserviceID, policy }])),
  )
  return { things, links: services.flatMap((service) => linksFrom(service, addresses)) }
}

function addressesOf(service: Api.Service): readonly (readonly [address: string, policy: string])[] {
  const all = [
    [service.RR_ip, 'round robin'],
    [service.RR_ip_v6, 'round robin'],
    [service.closest_ip, 'closest'],
    [service.closest_ip_v6, 'closest'],
  ] as const
  return all.filter(([address]) => address !== '')
}

function linksFrom(
  service: Api.Service,
  addresses: ReadonlyMap<string, { readonly id: string; readonly policy: string }>,
): readonly Link[] {
  const { args } = service as { readonly args?: unknown }
  const words = [...service.cmd, ...service.environment, ...(Array.isArray(args) ? args.map(String) : [])].join(' ')
  const found = words.match(/\b\d{1,3}(?:\.\d{1,3}){3}\b|[0-9a-f]{1,4}:[0-9a-f:]+/gi) ?? []
  const links = found.flatMap((address) => {
    const target = addresses.get(address)
    return target && target.id !== service.microserviceID ? [{ from: service.microserviceID, to: target.id, label: target.policy }] : []
  })
  return [...new Map(links.map((link) => [`${link.to}/${link.label}`, link])).values()]
}
