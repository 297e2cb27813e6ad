import { OakError } from '@oakestra/base'
import type { Attachment, GatewayEntry, NetworkInput, NodePlace, ServiceEntry, Target } from '../network.ts'
import { canonicalAddress, FAMILIES, gatewayOf, hostPrefix, parsePrefix, prefixText } from './addresses.ts'
import { MTU, NETWORK_LIMITS, OVERLAY, RULE_PRIORITY } from './constants.ts'
import type { FlowPolicy, HostConfig, KernelConfig, PolicyRule, Route, Sysctl } from './kernel-config.ts'
import { bridgeName, checkTag, macOf, portName, routingTable, tunnelName } from './names.ts'
import { settlePeers } from './peers.ts'
import type { PlanContext } from './plan-context.ts'
import { gateTargets } from './plan-gates.ts'
import { checkAdmitted, isolationPolicy } from './plan-isolation.ts'
import { NAMESPACE_SYSCTLS, planNamespace } from './plan-namespace.ts'
import { slowPathRules } from './plan-slow-path.ts'
import { planTables } from './plan-tables.ts'
import { peerRoutes, tunnelLinkOf, tunnelRules, tunnelSysctls } from './plan-tunnel.ts'
import { partsOf, type ServiceParts } from './service-parts.ts'

const MAIN_TABLE = 254

/** What of the machine itself the plan depends on. */
export interface MachineFacts {
  /** Its own addresses. A peer at one of them lives on this machine. */
  readonly addresses: readonly string[]
}

/**
 * The whole kernel configuration of one node. Pure: the same input gives the same output, in a stable order.
 * `reference/network.md` 10 is the design; `docs/decisions/0007-kernel-network.md` says what was changed and why.
 * @throws OakError `bad-request` for text that is no address, `conflict` for an address or name used twice, `limit-exceeded`
 */
export function planNetwork(input: NetworkInput, machine: MachineFacts = { addresses: [] }): KernelConfig {
  const context = contextOf(input, machine)
  checkUnique(context)
  return {
    tag: context.tag,
    host: planHost(context),
    namespaces: context.attachments.map((attachment) => planNamespace(context, attachment)),
    tables: planTables(context),
    flows: planFlows(context),
  }
}

function contextOf(
  { place, attachments, services, gateways = [], peers = [], asksForUnknown = false }: NetworkInput,
  machine: MachineFacts,
): PlanContext {
  checkLimits(attachments, services, gateways)
  checkAdmitted(attachments)
  const tag = checkTag(place.tag)
  const subnet = subnetOf(place)
  const members = attachments.map(canonicalAttachment)
  const settled = settlePeers(peers, { subnet, attachments: members, machine: machine.addresses })
  // A UDP port of the machine is taken only where there is somebody to speak to.
  const hasDistant = settled.some(({ isNearby }) => !isNearby)
  const known = services.map(knownService).toSorted((a, b) => compare(a.v4 ?? '', b.v4 ?? '') || compare(a.v6 ?? '', b.v6 ?? ''))
  return {
    tag,
    bridge: bridgeName(tag),
    table: routingTable(tag),
    subnet,
    gateway: { v4: gatewayOf(subnet.v4), v6: gatewayOf(subnet.v6) },
    attachments: members.toSorted((a, b) => compare(a.instanceId, b.instanceId)),
    services: known,
    parts: partsOf(known),
    ...(place.tunnel && hasDistant && { tunnel: tunnelLinkOf(tag, place.tunnel) }),
    gateways: gateways.map(canonicalGateway).toSorted((a, b) => compare(a.serviceId, b.serviceId)),
    asksForUnknown,
    peers: settled,
  }
}

function subnetOf(place: NodePlace): PlanContext['subnet'] {
  return { v4: parsePrefix(place.subnetV4, 'v4'), v6: parsePrefix(place.subnetV6, 'v6') }
}

function checkLimits(attachments: readonly Attachment[], services: readonly ServiceEntry[], gateways: readonly GatewayEntry[]): void {
  const counts: readonly (readonly [string, number, number])[] = [
    ['instances on one node', attachments.length, NETWORK_LIMITS.attachments],
    ['service addresses', services.length, NETWORK_LIMITS.services],
    ['targets of one service', Math.max(0, ...services.map(({ targets }) => targets.length)), NETWORK_LIMITS.targets],
    ['published ports of services', gateways.reduce((sum, { ports }) => sum + ports.length, 0), NETWORK_LIMITS.gates],
    ['published ports of one instance', Math.max(0, ...attachments.map(({ ports }) => ports.length)), NETWORK_LIMITS.ports],
  ]
  for (const [what, count, max] of counts) {
    if (count > max) throw new OakError('limit-exceeded', `${count} ${what} are more than the ${max} the network can hold`)
  }
}

function canonicalAttachment(attachment: Attachment): Attachment {
  return {
    ...attachment,
    namespaceV4: canonicalAddress(attachment.namespaceV4, 'v4'),
    namespaceV6: canonicalAddress(attachment.namespaceV6, 'v6'),
    instanceV4: canonicalAddress(attachment.instanceV4, 'v4'),
    instanceV6: canonicalAddress(attachment.instanceV6, 'v6'),
  }
}

/** An agent hands over the same objects again and again; only those that changed are read anew. */
const canonicalServices = new WeakMap<ServiceEntry, ServiceEntry>()

function knownService(service: ServiceEntry): ServiceEntry {
  const before = canonicalServices.get(service)
  if (before) return before
  const canonical = canonicalService(service)
  canonicalServices.set(service, canonical)
  return canonical
}

function canonicalService({ v4, v6, policy, choice, targets, kept }: ServiceEntry): ServiceEntry {
  const canonicalTarget = <Some extends Omit<Target, 'weight'>>(target: Some): Some => ({
    ...target,
    v4: canonicalAddress(target.v4, 'v4'),
    v6: canonicalAddress(target.v6, 'v6'),
  })
  return {
    ...(v4 !== undefined && { v4: canonicalAddress(v4, 'v4') }),
    ...(v6 !== undefined && { v6: canonicalAddress(v6, 'v6') }),
    policy,
    ...(choice && { choice }),
    targets: targets.map(canonicalTarget),
    ...(kept && { kept: kept.map(canonicalTarget) }),
  }
}

function canonicalGateway({ v4, v6, ...gateway }: GatewayEntry): GatewayEntry {
  return {
    ...gateway,
    ...(v4 !== undefined && { v4: canonicalAddress(v4, 'v4') }),
    ...(v6 !== undefined && { v6: canonicalAddress(v6, 'v6') }),
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Two owners of one address or name would take each other's traffic in turns. */
function checkUnique({ tag, gateway, attachments, parts }: PlanContext): void {
  const owners = new Map<string, string>([
    [gateway.v4, 'the gateway'],
    [gateway.v6, 'the gateway'],
  ])
  const claim = (what: string, owner: string) => {
    const other = owners.get(what)
    if (other !== undefined) throw new OakError('conflict', `${what} is claimed by ${other} and by ${owner}`, { details: { what } })
    owners.set(what, owner)
  }
  for (const { instanceId, namespaceV4, namespaceV6, instanceV4, instanceV6 } of attachments) {
    for (const what of [portName(tag, instanceId), namespaceV4, namespaceV6, instanceV4, instanceV6]) claim(what, `instance ${instanceId}`)
  }
  for (const family of FAMILIES) for (const { address } of parts[family]) claim(address, 'a service address')
}

function planHost(context: PlanContext): HostConfig {
  const { bridge, gateway, subnet } = context
  return {
    sysctls: [...hostSysctls(bridge), ...(context.tunnel ? tunnelSysctls(context.tunnel.name) : [])],
    bridge: { name: bridge, mac: macOf(gateway.v4), mtu: MTU },
    ...(context.tunnel && { tunnel: context.tunnel }),
    addresses: FAMILIES.map((family) => `${gateway[family]}/${subnet[family].length}`),
    routes: [...hostRoutes(context), ...peerRoutes(context)],
    rules: FAMILIES.flatMap((family) => [
      ...hostRules(context, family),
      ...tunnelRules(context, family),
      ...slowPathRules(context, family),
    ]),
  }
}

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

function hostRoutes(context: PlanContext): readonly Route[] {
  const { attachments, parts } = context
  return FAMILIES.flatMap((family) => {
    const common = { dev: context.bridge, src: context.gateway[family], table: context.table }
    const [namespace, instance] = family === 'v4' ? (['namespaceV4', 'instanceV4'] as const) : (['namespaceV6', 'instanceV6'] as const)
    return [
      { to: prefixText(context.subnet[family]), ...common },
      ...attachments.map((attachment) => ({ to: hostPrefix(attachment[instance]), via: attachment[namespace], ...common })),
      // Only lets the machine itself choose a source address; what instances send is translated before it is routed.
      ...parts[family].map((each) => serviceRoute(each, common)),
    ]
  })
}

/** As with the parts themselves: what is the same object as before needs no comparison. */
const serviceRoutes = new WeakMap<ServiceParts, Route>()

function serviceRoute(parts: ServiceParts, { dev, src, table }: Required<Pick<Route, 'dev' | 'src' | 'table'>>): Route {
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
function hostRules({ bridge, table }: PlanContext, family: 'v4' | 'v6'): readonly PolicyRule[] {
  const to = OVERLAY[family]
  return [
    { family, priority: RULE_PRIORITY.fromInstances, iif: bridge, action: { lookup: table } },
    { family, priority: RULE_PRIORITY.toOverlay, to, action: { lookup: table } },
    { family, priority: RULE_PRIORITY.realNetworkInRange, iif: bridge, to, action: { lookup: MAIN_TABLE, withoutDefault: true } },
    { family, priority: RULE_PRIORITY.refuse, iif: bridge, to, action: 'unreachable' },
  ]
}

function planFlows(context: PlanContext): FlowPolicy {
  const { subnet, gateway, attachments, parts, peers } = context
  const locals = attachments.flatMap((a) => [a.namespaceV4, a.namespaceV6, a.instanceV4, a.instanceV6])
  const isolation = isolationPolicy(context)
  return {
    ...(isolation && { isolation }),
    subnets: [prefixText(subnet.v4), prefixText(subnet.v6)],
    local: [gateway.v4, gateway.v6, ...locals],
    gateways: [gateway.v4, gateway.v6],
    published: gateTargets(context),
    remote: peers.flatMap(({ instances }) => [...instances.v4, ...instances.v6]),
    services: new Map(FAMILIES.flatMap((family) => parts[family].map(({ flow }) => flow))),
  }
}

/** What must be read to tell whether the settings are right. */
export function sysctlPaths(tag: string): { readonly host: readonly string[]; readonly namespace: readonly string[] } {
  const pathsOf = (sysctls: readonly Sysctl[]) => sysctls.map(({ path }) => path)
  const host = [...hostSysctls(bridgeName(tag)), ...tunnelSysctls(tunnelName(tag))]
  return { host: pathsOf(host), namespace: pathsOf(NAMESPACE_SYSCTLS) }
}
