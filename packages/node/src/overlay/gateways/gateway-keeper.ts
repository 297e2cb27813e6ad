import { type Logger, toOakError } from '@oakestra/base'
import type { GatewayItem, GatewayReport } from '@oakestra/model'
import type { ObservedSource } from '@oakestra/session'
import { GATEWAY_KIND, gatewayItemId, overlaySubject } from '@oakestra/wire'
import type { OpenFront } from './http-front.ts'
import type { HostRoute, PlannedGateways } from './plan-gateways.ts'

interface Front {
  readonly server: AsyncDisposable
  routes: ReadonlyMap<string, HostRoute>
}

export interface GatewayKeeperDeps {
  /** Absent: what is told apart by host name is not published here. */
  readonly openFront?: OpenFront
  /** By service: why the kernel does not publish it. */
  readonly kernelFaults: () => ReadonlyMap<string, string>
  readonly logger: Logger
}

/** Keeps what is published here by host name, and says of everything that is to be published here whether it is. */
export class GatewayKeeper implements ObservedSource, AsyncDisposable {
  readonly #deps: GatewayKeeperDeps
  readonly #fronts = new Map<number, Front>()
  readonly #listeners = new Set<(id: string) => void>()
  #reports: ReadonlyMap<string, GatewayReport> = new Map()

  constructor(deps: GatewayKeeperDeps) {
    this.#deps = deps
  }

  /** To be called when the plan is in the kernel, one call after the other. Never throws. */
  async follow(items: readonly GatewayItem[], { hosts, faults }: PlannedGateways): Promise<void> {
    const frontFaults = await this.#followHosts(hosts)
    const all = new Map([...this.#deps.kernelFaults(), ...frontFaults, ...faults])
    this.#report(new Map(items.map(({ serviceId }) => [serviceId, reportOf(serviceId, all.get(serviceId))])), items)
  }

  async ids(): Promise<readonly string[]> {
    return [...this.#reports.keys()].map(gatewayItemId)
  }

  async get(id: string): Promise<GatewayReport | undefined> {
    const { kind, id: serviceId = '' } = overlaySubject(id) ?? {}
    return kind === GATEWAY_KIND ? this.#reports.get(serviceId) : undefined
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** In lines for people. */
  describe(items: readonly GatewayItem[]): readonly string[] {
    return items.map(({ serviceId, name, ports, host }) => {
      const at = ports.map(({ hostPort, containerPort, protocol }) => `${hostPort}:${containerPort}/${protocol}`).join(', ')
      const fault = this.#reports.get(serviceId)?.fault
      const what = `Service ${name} is to be published at ${at}${host === undefined ? '' : ` for ${host}`}`
      return fault === undefined ? `${what}, and is.` : `${what}, and is not: ${fault}.`
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const fronts = [...this.#fronts.values()]
    this.#fronts.clear()
    await Promise.all(fronts.map(({ server }) => server[Symbol.asyncDispose]()))
  }

  /** @returns by service, why it cannot be published */
  async #followHosts(hosts: PlannedGateways['hosts']): Promise<ReadonlyMap<string, string>> {
    const faults = new Map<string, string>()
    for (const [port, { server }] of this.#fronts) {
      if (hosts.has(port)) continue
      this.#fronts.delete(port)
      await server[Symbol.asyncDispose]()
    }
    for (const [port, routes] of hosts) {
      const fault = await this.#followPort(port, routes)
      if (fault !== undefined) for (const { serviceId } of routes.values()) faults.set(serviceId, fault)
    }
    return faults
  }

  async #followPort(port: number, routes: ReadonlyMap<string, HostRoute>): Promise<string | undefined> {
    const { openFront } = this.#deps
    const known = this.#fronts.get(port)
    if (known) {
      known.routes = routes
      return undefined
    }
    if (!openFront) return 'this node publishes nothing by host name'
    try {
      const server = await openFront(port, (host) => this.#fronts.get(port)?.routes.get(host))
      this.#fronts.set(port, { server, routes })
      return undefined
    } catch (thrown) {
      return toOakError(thrown).message
    }
  }

  #report(reports: ReadonlyMap<string, GatewayReport>, items: readonly GatewayItem[]): void {
    const before = this.#reports
    this.#reports = reports
    const changed = new Set([...before.keys(), ...reports.keys()])
    for (const serviceId of changed) {
      const [was, now] = [before.get(serviceId), reports.get(serviceId)]
      if (was && now && was.fault === now.fault) continue
      for (const listener of this.#listeners) listener(gatewayItemId(serviceId))
      const service = items.find((item) => item.serviceId === serviceId)?.name ?? serviceId
      if (now?.fault !== undefined) this.#deps.logger.warn('a service is not published here', { service, reason: now.fault })
    }
  }
}

function reportOf(serviceId: string, fault: string | undefined): GatewayReport {
  return { kind: GATEWAY_KIND, serviceId, ...(fault !== undefined && { fault }) }
}
