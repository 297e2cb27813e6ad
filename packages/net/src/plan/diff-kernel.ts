import { diffTables } from './diff-tables.ts'
import type { KernelConfig, NamespaceConfig, Route, Sysctl } from './kernel-config.ts'
import type { KernelState, NamespaceState } from './kernel-state.ts'
import { bridgeName, INSTANCE_LINK, tunnelName } from './names.ts'
import { renderRoute, renderRule } from './render.ts'
import { difference } from './set-difference.ts'
import type { Step } from './step.ts'

const same = (text: string) => text

export interface KernelChange {
  readonly tag: string
  readonly state: KernelState
  /** Absent: everything of this node goes. */
  readonly config?: KernelConfig
  /** Addresses whose connections may have become impossible; `all` when nobody remembers. */
  readonly cutFlows?: readonly string[] | 'all'
}

/**
 * The steps from a state to a configuration, in an order that works: what is added comes before the transaction that
 * sends traffic to it, what is removed comes after (`reference/network.md` 10.7). Pure.
 */
export function diffKernel({ tag, state, config, cutFlows = [] }: KernelChange): readonly Step[] {
  const routes = config ? routeAdditions(state, config) : { early: [], late: [] }
  return [
    ...(config ? additions(state, config) : []),
    ...routes.early,
    ...diffTables(state.tables, config?.tables ?? []),
    ...routes.late,
    ...(cutFlows === 'all' ? [{ do: 'cut-flows' } as const] : []),
    ...(cutFlows !== 'all' && cutFlows.length > 0 ? [{ do: 'cut-flows', addresses: cutFlows } as const] : []),
    ...removals(tag, state, config),
  ]
}

function additions(state: KernelState, config: KernelConfig): readonly Step[] {
  const { host } = config
  const isOf = (link: string | undefined) => (sysctl: Sysctl) => link !== undefined && sysctl.path.includes(`/${link}/`)
  const [isOfBridge, isOfTunnel] = [isOf(host.bridge.name), isOf(host.tunnel?.name)]
  const tunnel = tunnelSteps(state, config)
  return [
    ...sysctlSteps(
      state.sysctls,
      host.sysctls.filter((sysctl) => !isOfBridge(sysctl) && !isOfTunnel(sysctl)),
    ),
    ...bridgeSteps(state, config),
    // A link that is made anew has none of the settings that were read before.
    ...sysctlSteps(state.bridge ? state.sysctls : new Map(), host.sysctls.filter(isOfBridge)),
    ...difference(state.addresses, host.addresses, same).missing.map(
      (address): Step => ({ do: 'add-address', link: host.bridge.name, address }),
    ),
    ...difference(state.rules, host.rules, renderRule).missing.map((rule): Step => ({ do: 'add-rule', rule })),
    ...config.namespaces.flatMap((namespace) => namespaceSteps(state, namespace, host.bridge.name)),
    ...tunnel,
    ...sysctlSteps(tunnel.length > 0 ? new Map() : state.sysctls, host.sysctls.filter(isOfTunnel)),
  ]
}

/**
 * Routes to service addresses come after the transaction that translates these: a packet that went that way untranslated
 * would leave a connection in the table that takes all its successors along. Until then the slow path keeps it.
 */
function routeAdditions(state: KernelState, config: KernelConfig): { readonly early: readonly Step[]; readonly late: readonly Step[] } {
  const { missing } = difference(routesAfter(state, tunnelSteps(state, config)), config.host.routes, renderRoute)
  const isOfService = ({ to }: Route) => config.flows.services.has(to.slice(0, to.indexOf('/')))
  const stepsOf = (routes: readonly Route[]) => routes.map((route): Step => ({ do: 'add-route', route }))
  return { early: stepsOf(missing.filter((route) => !isOfService(route))), late: stepsOf(missing.filter(isOfService)) }
}

function tunnelSteps({ tunnel }: KernelState, { host }: KernelConfig): readonly Step[] {
  if (!host.tunnel) return []
  const isRight = tunnel?.isHealthy && tunnel.link.port === host.tunnel.port && tunnel.link.mtu === host.tunnel.mtu
  return isRight ? [] : [{ do: 'ensure-tunnel', tunnel: host.tunnel }]
}

/** A tunnel that is made anew has lost the routes over the one before. */
function routesAfter({ routes, tunnel }: KernelState, steps: readonly Step[]): readonly Route[] {
  return steps.length > 0 && tunnel ? routes.filter(({ dev }) => dev !== tunnel.link.name) : routes
}

function sysctlSteps(present: ReadonlyMap<string, string>, wanted: readonly Sysctl[], namespace?: string): readonly Step[] {
  return wanted
    .filter((sysctl) => !isSatisfied(sysctl, present.get(sysctl.path)))
    .map((sysctl): Step => ({ do: 'set-sysctl', ...(namespace !== undefined && { namespace }), sysctl }))
}

function isSatisfied({ value, mode }: Sysctl, present: string | undefined): boolean {
  if (present === undefined) return false
  return mode === 'raise' ? Number(present) >= Number(value) : present === value
}

function bridgeSteps({ bridge }: KernelState, { host }: KernelConfig): readonly Step[] {
  const isRight = bridge?.isHealthy && bridge.link.mac === host.bridge.mac && bridge.link.mtu === host.bridge.mtu
  return isRight ? [] : [{ do: 'ensure-bridge', bridge: host.bridge, exists: bridge !== undefined }]
}

function namespaceSteps(state: KernelState, wanted: NamespaceConfig, bridge: string): readonly Step[] {
  const { name } = wanted
  const known = state.namespaces.find((namespace) => namespace.name === name)
  const present = known?.isMounted ? known : undefined
  const port = present?.port?.link.name === wanted.port.name && present.port.link.mac === wanted.port.mac ? present.port : undefined
  const isPortRight = port?.isHealthy && port.link.mtu === wanted.port.mtu
  return [
    ...(present ? [] : [{ do: 'add-namespace', name } as const]),
    ...sysctlSteps(present?.sysctls ?? new Map(), wanted.sysctls, name),
    ...(isPortRight ? [] : [{ do: port ? 'mend-port' : 'add-port', namespace: wanted, bridge } as const]),
    ...insideSteps(port ? present : undefined, wanted),
  ]
}

/** Addresses and routes of `eth0`; `present` is absent when the link is new and therefore bare. */
function insideSteps(present: NamespaceState | undefined, { name, addresses, routes }: NamespaceConfig): readonly Step[] {
  const addressChange = difference(present?.addresses ?? [], addresses, same)
  const common = { namespace: name, link: INSTANCE_LINK }
  return [
    ...addressChange.missing.map((address): Step => ({ do: 'add-address', ...common, address })),
    ...difference(present?.routes ?? [], routes, renderRoute).missing.map((route): Step => ({ do: 'add-route', namespace: name, route })),
    ...surplusRoutes(present?.routes ?? [], routes).map((route): Step => ({ do: 'remove-route', namespace: name, route })),
    ...addressChange.surplus.map((address): Step => ({ do: 'remove-address', ...common, address })),
  ]
}

function removals(tag: string, state: KernelState, config: KernelConfig | undefined): readonly Step[] {
  const { host } = config ?? {}
  const wanted = new Set(config?.namespaces.map(({ name }) => name))
  const gone = state.namespaces.filter(({ name }) => !wanted.has(name))
  const bridge = bridgeName(tag)
  const links = [
    ...(!host?.tunnel && state.tunnel ? [tunnelName(tag)] : []),
    ...gone.flatMap(({ port }) => port?.link.name ?? []),
    ...strayPorts(state, config),
    ...(!config && state.bridge ? [bridge] : []),
  ]
  return [
    ...surplusRoutes(state.routes, host?.routes ?? []).map((route): Step => ({ do: 'remove-route', route })),
    ...difference(state.rules, host?.rules ?? [], renderRule).surplus.map((rule): Step => ({ do: 'remove-rule', rule })),
    ...difference(state.addresses, host?.addresses ?? [], same).surplus.map(
      (address): Step => ({ do: 'remove-address', link: bridge, address }),
    ),
    ...(links.length > 0 ? [{ do: 'remove-links', names: links } as const] : []),
    ...gone.map(({ name }): Step => ({ do: 'remove-namespace', name })),
  ]
}

/** A route to a prefix that is still wanted was replaced when the wanted one was added. */
function surplusRoutes(present: readonly Route[], wanted: readonly Route[]): readonly Route[] {
  return difference(present, wanted, ({ to }) => to).surplus
}

/** A stray port whose name is wanted was replaced when its namespace got its port. */
function strayPorts(state: KernelState, config: KernelConfig | undefined): readonly string[] {
  const wanted = new Set(config?.namespaces.map(({ port }) => port.name))
  return state.strayPorts.filter((name) => !wanted.has(name))
}
