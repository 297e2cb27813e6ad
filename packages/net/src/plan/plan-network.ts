import type { NetworkInput, ServiceEntry } from '../network.ts'
import { FAMILIES, type Family, familyOf, hostPrefix, prefixText } from './addresses.ts'
import { addressesOf, canonicalService, checkServices, inOrder } from './canonical-service.ts'
import { MTU, OVERLAY, RULE_PRIORITY } from './constants.ts'
import { INSTANCE, NAMESPACE } from './family-words.ts'
import type { FlowPolicy, HostConfig, KernelConfig, PolicyRule, Route, Sysctl } from './kernel-config.ts'
import { bridgeName, macOf, tunnelName } from './names.ts'
import { type Frame, type PlanContext, perFrame } from './plan-context.ts'
import { claim, frameOf, type MachineFacts, ownersIn } from './plan-frame.ts'
import { gateTargets } from './plan-gates.ts'
import { isolationPolicy } from './plan-isolation.ts'
import { NAMESPACE_SYSCTLS, planNamespace } from './plan-namespace.ts'
import { slowPathRules } from './plan-slow-path.ts'
import { planTables } from './plan-tables.ts'
import { peerRoutes, tunnelRules, tunnelSysctls } from './plan-tunnel.ts'
import { partsOf, type ServiceParts } from './service-parts.ts'

const MAIN_TABLE = 254

/**
 * The whole kernel configuration of one node. Pure: the same input gives the same output, in a stable order.
 * `reference/network.md` 10 is the design; `docs/decisions/0007-kernel-network.md` says what was changed and why.
 * @throws OakError `bad-request` for text that is no address, `conflict` for an address or name used twice, `limit-exceeded`
 */
export function planNetwork(input: NetworkInput, machine: MachineFacts = NO_FACTS): KernelConfig {
  return configOf(contextOf(input, machine))
}

export const NO_FACTS: MachineFacts = { addresses: [] }

/** What the plan of an input follows from. @throws OakError as {@link planNetwork} */
export function contextOf(input: NetworkInput, machine: MachineFacts): PlanContext {
  checkServices(input.services, input.services.length)
  const services = input.services.map(canonicalService)
  const byAddress = new Map(services.flatMap((service) => addressesOf(service).map((address) => [address, service])))
  const frame = frameOf(input, machine, (address) => byAddress.get(address))
  const owners = new Map(ownersIn(frame))
  for (const service of inOrder(services)) for (const address of addressesOf(service)) claim(owners, address, 'a service address')
  return withServices(frame, services)
}

/** @param services in canonical text */
export function withServices(frame: Frame, services: readonly ServiceEntry[]): PlanContext {
  return { frame, parts: partsOf(inOrder(services)) }
}

export function configOf(context: PlanContext): KernelConfig {
  const { frame } = context
  return {
    tag: frame.tag,
    host: planHost(context),
    namespaces: namespacesOf(frame),
    tables: planTables(context),
    flows: planFlows(context),
  }
}

export const namespacesOf = perFrame((frame) => frame.attachments.map((attachment) => planNamespace(frame, attachment)))

export function planHost(context: PlanContext): HostConfig {
  const { sysctls, bridge, addresses, rules, routesToPeers } = hostFramework(context.frame)
  const { tunnel } = context.frame
  return { sysctls, bridge, ...(tunnel && { tunnel }), addresses, routes: [...hostRoutes(context), ...routesToPeers], rules }
}

/** What of the machine has nothing to do with services. */
const hostFramework = perFrame((frame) => {
  const { bridge, gateway, subnet, tunnel } = frame
  return {
    sysctls: [...hostSysctls(bridge), ...(tunnel ? tunnelSysctls(tunnel.name) : [])],
    bridge: { name: bridge, mac: macOf(gateway.v4), mtu: MTU },
    addresses: FAMILIES.map((family) => `${gateway[family]}/${subnet[family].length}`),
    routesToPeers: peerRoutes(frame),
    rules: FAMILIES.flatMap((family) => [...hostRules(frame, family), ...tunnelRules(frame, family), ...slowPathRules(frame, family)]),
  }
})

function hostSysctls(bridge: string): readonly Sysctl[] {
  const set = (path: string, value: string): Sysctl => ({ path, value, mode: 'set' })
  return [
    { path: 'net/ipv4/ip_forward', value: '1', mode: 'raise' },
    { path: 'net/ipv6/conf/all/forwarding', value: '1', mode: 'raise' },
    set(`net/ipv4/conf/${bridge}/forwarding`, '1'),
    set(`net/ipv6/conf/${bridge}/forwarding`, '1'),
    set(`net/ipv6/conf/${bridge}/accept_ra`, '0'),
    // Until its own address is proven unique, a link asks for no neighbours: the first connections would wait a second.
    set(`net/ipv6/conf/${bridge}/accept_dad`, '0'),
    // Loose: the larger of this and `all` counts, and strict would refuse addresses that another node's rule routes first.
    set(`net/ipv4/conf/${bridge}/rp_filter`, '2'),
    // So that `curl 127.0.0.1:PORT` reaches a published port; the chain `from_instances` keeps instances out of 127/8.
    set(`net/ipv4/conf/${bridge}/route_localnet`, '1'),
    set(`net/ipv4/conf/${bridge}/send_redirects`, '0'),
    set(`net/ipv4/conf/${bridge}/promote_secondaries`, '1'),
  ]
}

function hostRoutes({ frame, parts }: PlanContext): readonly Route[] {
  const own = routesToInstances(frame)
  return FAMILIES.flatMap((family) => [
    ...own[family],
    // Only lets the machine itself choose a source address; what instances send is translated before it is routed.
    ...parts[family].map((each) => serviceRoute(each, frame)),
  ])
}

const routesToInstances = perFrame((frame) => {
  const routesOf = (family: Family): readonly Route[] => {
    const common = { dev: frame.bridge, src: frame.gateway[family], table: frame.table }
    return [
      { to: prefixText(frame.subnet[family]), ...common },
      ...frame.attachments.map((each) => ({ to: hostPrefix(each[INSTANCE[family]]), via: each[NAMESPACE[family]], ...common })),
    ]
  }
  return { v4: routesOf('v4'), v6: routesOf('v6') }
})

/** As with the parts themselves: what is the same object as before needs no comparison. */
const serviceRoutes = new WeakMap<ServiceParts, Route>()

function serviceRoute(parts: ServiceParts, { bridge: dev, gateway, table }: Frame): Route {
  const src = gateway[familyOf(parts.address)]
  const before = serviceRoutes.get(parts)
  if (before && before.dev === dev && before.src === src && before.table === table) return before
  const route = { to: hostPrefix(parts.address), dev, src, table }
  serviceRoutes.set(parts, route)
  return route
}

/**
 * Own table first; then the tables of all nodes of the machine, which matters for published ports; then networks of the
 * machine that happen to lie in the overlay's range; and nothing of that range leaves by the default route.
 */
function hostRules({ bridge, table }: Frame, family: Family): readonly PolicyRule[] {
  const to = OVERLAY[family]
  return [
    { family, priority: RULE_PRIORITY.fromInstances, iif: bridge, action: { lookup: table } },
    { family, priority: RULE_PRIORITY.toOverlay, to, action: { lookup: table } },
    { family, priority: RULE_PRIORITY.realNetworkInRange, iif: bridge, to, action: { lookup: MAIN_TABLE, withoutDefault: true } },
    { family, priority: RULE_PRIORITY.refuse, iif: bridge, to, action: 'unreachable' },
  ]
}

/** Who may be connected to whom. */
export function planFlows({ frame, parts }: PlanContext): FlowPolicy {
  return { ...flowsIn(frame), services: new Map(FAMILIES.flatMap((family) => parts[family].map(({ flow }) => flow))) }
}

/** Without services. */
export const flowsIn = perFrame((frame): Omit<FlowPolicy, 'services'> => {
  const { subnet, gateway, attachments, peers } = frame
  const locals = attachments.flatMap((a) => [a.namespaceV4, a.namespaceV6, a.instanceV4, a.instanceV6])
  const isolation = isolationPolicy(frame)
  return {
    ...(isolation && { isolation }),
    subnets: [prefixText(subnet.v4), prefixText(subnet.v6)],
    local: [gateway.v4, gateway.v6, ...locals],
    gateways: [gateway.v4, gateway.v6],
    published: gateTargets(frame),
    remote: peers.flatMap(({ instances }) => [...instances.v4, ...instances.v6]),
  }
})

/** What must be read to tell whether the settings are right. */
export function sysctlPaths(tag: string): { readonly host: readonly string[]; readonly namespace: readonly string[] } {
  const pathsOf = (sysctls: readonly Sysctl[]) => sysctls.map(({ path }) => path)
  const host = [...hostSysctls(bridgeName(tag)), ...tunnelSysctls(tunnelName(tag))]
  return { host: pathsOf(host), namespace: pathsOf(NAMESPACE_SYSCTLS) }
}
