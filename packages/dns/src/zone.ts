/** The top of every name of the overlay. It is no domain of the Internet, and no question about it leaves the node. */
export const OVERLAY_DOMAIN = 'oak'

/** A service as its names are made from it. */
export interface NamedService {
  readonly service: string
  readonly namespace: string
  readonly application: string
  readonly applicationNamespace: string
  /** By policy; the one of `round-robin` is what the plain name stands for. */
  readonly addresses: readonly { readonly policy: string; readonly v4?: string; readonly v6?: string }[]
  readonly instances: readonly { readonly number: number; readonly v4: string; readonly v6: string }[]
}

/** What a name stands for; either may be missing. Canonical text. */
export interface NameAddresses {
  readonly v4?: string
  readonly v6?: string
}

/** All names a node can answer for. Lower case, without the final dot. */
export interface Zone {
  /** `undefined`: there is no such name. Empty: there are only longer names below it. */
  lookup(name: string): NameAddresses | undefined
  /** The name of an address, canonical text. */
  nameOf(address: string): string | undefined
}

/** `web.prod.shop.prod.oak`: service, its namespace, application, its namespace. */
export function serviceName({ service, namespace, application, applicationNamespace }: NamedService): string {
  return [service, namespace, application, applicationNamespace, OVERLAY_DOMAIN].join('.').toLowerCase()
}

/** Domains that an instance of a service looks in: `web` is its neighbour, `web.prod` one in another namespace of its application. */
export function searchDomains(own: Omit<NamedService, 'addresses' | 'instances'>): readonly string[] {
  const application = [own.application, own.applicationNamespace, OVERLAY_DOMAIN].join('.').toLowerCase()
  return [`${own.namespace.toLowerCase()}.${application}`, application, OVERLAY_DOMAIN]
}

/**
 * Names of services, of their other policies (`closest.web.prod.shop.prod.oak`) and of their instances
 * (`3.web.prod.shop.prod.oak`).
 */
export function createZone(services: readonly NamedService[]): Zone {
  const names = new Map<string, NameAddresses>([[OVERLAY_DOMAIN, {}]])
  const byAddress = new Map<string, string>()
  const add = (name: string, { v4, v6 }: NameAddresses) => {
    names.set(name, { ...(v4 && { v4 }), ...(v6 && { v6 }) })
    for (const address of [v4, v6]) if (address) byAddress.set(address, name)
    for (const parent of parentsOf(name)) if (!names.has(parent)) names.set(parent, {})
  }
  for (const service of services) addService(service, add)
  return { lookup: (name) => names.get(name), nameOf: (address) => byAddress.get(address) }
}

function addService(service: NamedService, add: (name: string, addresses: NameAddresses) => void): void {
  const name = serviceName(service)
  for (const { policy, ...addresses } of service.addresses) {
    add(`${policy}.${name}`, addresses)
    if (policy === 'round-robin') add(name, addresses)
  }
  for (const { number, ...addresses } of service.instances) add(`${number}.${name}`, addresses)
}

function parentsOf(name: string): readonly string[] {
  const labels = name.split('.')
  return labels.slice(1).map((_, index) => labels.slice(index + 1).join('.'))
}
