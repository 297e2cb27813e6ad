import { ROUTE_PROTOCOL } from '../plan/constants.ts'
import type { PolicyRule, Route, TunnelLink } from '../plan/kernel-config.ts'
import type { KernelState, LinkState, NamespaceState } from '../plan/kernel-state.ts'
import { bridgeName, INSTANCE_LINK, namespacePrefix, portPrefix, routingTable, slowName, slowTable, tunnelName } from '../plan/names.ts'
import { listAddresses } from './addresses.ts'
import { type Link, listLinks } from './links.ts'
import type { Machine } from './machine.ts'
import type { NetlinkSocket } from './netlink-socket.ts'
import { listNamespaces } from './netns.ts'
import { observeTables } from './observe-tables.ts'
import { type ListedRoute, listRoutes } from './routes.ts'
import { listRules } from './rules.ts'
import { readSysctls } from './sysctl.ts'

const MAIN_TABLE = 254
const UNICAST = 1

export interface SysctlPaths {
  readonly host: readonly string[]
  readonly namespace: readonly string[]
}

/** Everything of the node with this tag that is in the kernel, found by its names and marks alone. */
export function observeKernel(machine: Machine, tag: string, sysctls: SysctlPaths): KernelState {
  const links = listLinks(machine.route)
  const bridge = links.find(({ name }) => name === bridgeName(tag))
  const tunnel = links.find(({ name }) => name === tunnelName(tag))
  const namespaces = listNamespaces(namespacePrefix(tag)).map(({ name, isMounted }) =>
    isMounted ? observeNamespace(machine, name, { links, bridge, sysctls: sysctls.namespace }) : unmounted(name),
  )
  const paired = new Set(namespaces.map(({ port }) => port?.link.name))
  return {
    sysctls: machine.onHost(() => readSysctls(sysctls.host)),
    ...(bridge && { bridge: { link: { name: bridge.name, mac: bridge.mac, mtu: bridge.mtu }, isHealthy: bridge.isUp } }),
    ...(tunnel && { tunnel: tunnelStateOf(tunnel) }),
    addresses: bridge ? addressesOf(machine.route, bridge) : [],
    routes: listRoutes(machine.route, routingTable(tag)).map((route) => routeOf(route, links, routingTable(tag))),
    rules: listRules(machine.route).filter((rule) => isOfNode(rule, tag)),
    strayPorts: links.map(({ name }) => name).filter((name) => name.startsWith(portPrefix(tag)) && !paired.has(name)),
    namespaces,
    tables: observeTables(machine.nft, tag),
  }
}

function isOfNode({ iif, action }: PolicyRule, tag: string): boolean {
  if (iif !== undefined && [bridgeName(tag), tunnelName(tag), slowName(tag)].includes(iif)) return true
  return action !== 'unreachable' && [routingTable(tag), slowTable(tag)].includes(action.lookup)
}

function tunnelStateOf({ name, mtu, isUp, tunnelPort = 0 }: Link): LinkState<TunnelLink> {
  return { link: { name, port: tunnelPort, mtu }, isHealthy: isUp }
}

function unmounted(name: string): NamespaceState {
  return { name, isMounted: false, sysctls: new Map(), addresses: [], routes: [] }
}

interface HostView {
  readonly links: readonly Link[]
  readonly bridge: Link | undefined
  readonly sysctls: readonly string[]
}

function observeNamespace(machine: Machine, name: string, host: HostView): NamespaceState {
  return machine.inNamespace(name, (route) => {
    const links = listLinks(route)
    const inner = links.find((link) => link.name === INSTANCE_LINK)
    const port =
      inner &&
      observePort(
        host,
        inner,
        links.find((link) => link.name === 'lo'),
      )
    const routes = listRoutes(route, MAIN_TABLE).filter(({ protocol, type }) => protocol === ROUTE_PROTOCOL && type === UNICAST)
    return {
      name,
      isMounted: true,
      ...(port && { port }),
      sysctls: readSysctls(host.sysctls),
      addresses: inner ? addressesOf(route, inner) : [],
      routes: routes.map((listed) => routeOf(listed, links)),
    }
  })
}

/** Both ends name each other's index; otherwise the other end is somewhere else and this one is of no use. */
function observePort({ links, bridge }: HostView, inner: Link, loopback: Link | undefined): NamespaceState['port'] {
  const outer = links.find(({ index, peerIndex }) => index === inner.peerIndex && peerIndex === inner.index)
  if (!outer) return undefined
  const isAttached = bridge !== undefined && outer.master === bridge.index && outer.isHairpin && outer.mtu === inner.mtu
  const isUp = outer.isUp && inner.isUp && loopback?.isUp === true
  return { link: { name: outer.name, mac: inner.mac, mtu: inner.mtu }, isHealthy: isAttached && isUp }
}

function addressesOf(route: NetlinkSocket, link: Link): readonly string[] {
  return listAddresses(route).flatMap(({ index, address }) => (index === link.index ? [address] : []))
}

function routeOf({ to, via, oif, src, encap, mtu }: ListedRoute, links: readonly Link[], table?: number): Route {
  return {
    to,
    ...(via !== undefined && { via }),
    dev: links.find(({ index }) => index === oif)?.name ?? '',
    ...(src !== undefined && { src }),
    ...(encap && { encap }),
    ...(mtu !== undefined && { mtu }),
    ...(table !== undefined && { table }),
  }
}
