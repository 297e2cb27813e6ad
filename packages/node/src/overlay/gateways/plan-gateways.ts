import type { GatewayItem, ServiceTable } from '@oakestra/model'
import type { GatewayEntry } from '@oakestra/net'

/** Where requests for one host go. */
export interface HostRoute {
  readonly serviceId: string
  /** The service address; IPv6 without brackets. */
  readonly address: string
  readonly port: number
}

export interface PlannedGateways {
  /** For the kernel. */
  readonly entries: readonly GatewayEntry[]
  /** By port of the machine, then by host name: what is told apart by HTTP. */
  readonly hosts: ReadonlyMap<number, ReadonlyMap<string, HostRoute>>
  /** By service: why it is not published, as far as is known here. */
  readonly faults: ReadonlyMap<string, string>
}

/**
 * What this node is to publish, out of what it was told; in the order of services' ids, so that every node of the same kind decides
 * alike. A service whose table has not come yet is published when it comes. Pure.
 */
export function planGateways(
  items: readonly GatewayItem[],
  tables: readonly ServiceTable[],
  taken: ReadonlyMap<string, string>,
): PlannedGateways {
  const entries: GatewayEntry[] = []
  const hosts = new Map<number, Map<string, HostRoute>>()
  const faults = new Map<string, string>()
  for (const item of items.toSorted((a, b) => (a.serviceId < b.serviceId ? -1 : 1))) {
    const { serviceId, name, ports, host } = item
    const address = addressOf(tables.find((table) => table.serviceId === serviceId))
    if (!address) faults.set(serviceId, 'nothing is known of the service yet')
    else if (host === undefined) entries.push({ serviceId, name, ports, ...address })
    else {
      const fault = addHost(hosts, item, host, address.v4 ?? address.v6 ?? '', taken)
      if (fault !== undefined) faults.set(serviceId, fault)
    }
  }
  return { entries, hosts, faults }
}

/** Who publishes what of his own: `8080/tcp` to the name of the instance. */
export function portsOfInstances(
  attachments: readonly {
    readonly instanceId: string
    readonly ports: readonly { readonly hostPort: number; readonly protocol: string }[]
  }[],
): ReadonlyMap<string, string> {
  return new Map(
    attachments.flatMap(({ instanceId, ports }) =>
      ports.map(({ hostPort, protocol }) => [`${hostPort}/${protocol}`, `instance ${instanceId}`] as const),
    ),
  )
}

function addressOf(table: ServiceTable | undefined): Pick<GatewayEntry, 'v4' | 'v6'> | undefined {
  const own = table?.addresses.find(({ policy }) => policy === 'round-robin') ?? table?.addresses[0]
  return own && { ...(own.v4 !== undefined && { v4: own.v4 }), ...(own.v6 !== undefined && { v6: own.v6 }) }
}

/** All ports or none. @returns why not */
function addHost(
  hosts: Map<number, Map<string, HostRoute>>,
  { serviceId, ports }: GatewayItem,
  host: string,
  address: string,
  taken: ReadonlyMap<string, string>,
): string | undefined {
  for (const { hostPort } of ports) {
    const owner = taken.get(`${hostPort}/tcp`) ?? (hosts.get(hostPort)?.has(host) ? `another service for ${host}` : undefined)
    if (owner !== undefined) return `port ${hostPort}/tcp cannot be published: ${owner} has it`
  }
  for (const { hostPort, containerPort } of ports) {
    const routes = hosts.get(hostPort) ?? new Map<string, HostRoute>()
    hosts.set(hostPort, routes.set(host, { serviceId, address, port: containerPort }))
  }
  return undefined
}
