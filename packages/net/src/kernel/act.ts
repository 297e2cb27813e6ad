import { closeSync, openSync } from 'node:fs'
import { constants } from 'node:os'
import { isStaleFlow } from '../plan/flows.ts'
import type { KernelConfig, NamespaceConfig, Route } from '../plan/kernel-config.ts'
import { INSTANCE_LINK, leavingGroup, namespacePath } from '../plan/names.ts'
import type { Step } from '../plan/step.ts'
import { addAddress, removeAddress } from './addresses.ts'
import { cutFlows } from './conntrack.ts'
import { type ErrnoName, KernelError } from './libc.ts'
import { addBridge, addPair, addTunnel, changeLink, findLink, type Link, removeLink, removeLinks } from './links.ts'
import type { Machine } from './machine.ts'
import type { NetlinkSocket } from './netlink-socket.ts'
import { addRoute, removeRoute } from './routes.ts'
import { addRule, removeRule } from './rules.ts'
import { writeSysctl } from './sysctl.ts'

type StepOf<Kind extends Step['do']> = Extract<Step, { do: Kind }>

/** Makes one change. Repeating one that is done already is no error. @throws KernelError or OakError `unavailable` */
export function act(machine: Machine, tag: string, step: Step, config: KernelConfig | undefined): Promise<void> | void {
  switch (step.do) {
    case 'set-sysctl':
      return setSysctl(machine, step)
    case 'ensure-bridge':
      return ensureBridge(machine, step)
    case 'ensure-tunnel':
      return ensureTunnel(machine, tag, step)
    case 'add-namespace':
      return machine.namespaces.create(step.name)
    case 'add-port':
      return addPort(machine, tag, step)
    case 'mend-port':
      return mendPort(machine, step.namespace, step.bridge)
    case 'add-address':
    case 'remove-address':
      return onNetwork(machine, step.namespace, (route) => changeAddress(route, step))
    case 'add-route':
    case 'remove-route':
      return onNetwork(machine, step.namespace, (route) => changeRoute(route, step.do, step.route))
    case 'add-rule':
      return accepting(['EEXIST'], () => addRule(machine.route, step.rule))
    case 'remove-rule':
      return accepting(['ENOENT'], () => removeRule(machine.route, step.rule))
    case 'remove-links':
      return removeLinks(machine.route, step.names, leavingGroup(tag))
    case 'remove-namespace':
      return machine.namespaces.remove(step.name)
    case 'run-nft':
      return void machine.nft.run(step.commands)
    case 'cut-flows':
      return config && cutStale(machine, step, config)
  }
}

function cutStale({ netfilter }: Machine, { addresses }: StepOf<'cut-flows'>, { flows }: KernelConfig): Promise<void> {
  return cutFlows(netfilter, (flow) => isStaleFlow(flows, flow), addresses)
}

function accepting(errnos: readonly ErrnoName[], action: () => void): void {
  try {
    action()
  } catch (thrown) {
    if (!(thrown instanceof KernelError && thrown.is(...errnos))) throw thrown
  }
}

function onNetwork(machine: Machine, namespace: string | undefined, action: (route: NetlinkSocket) => void): void {
  if (namespace === undefined) action(machine.route)
  else machine.inNamespace(namespace, action)
}

function setSysctl(machine: Machine, { namespace, sysctl }: StepOf<'set-sysctl'>): void {
  if (namespace === undefined) machine.onHost(() => writeSysctl(sysctl))
  else machine.namespaces.inside(namespacePath(namespace), () => writeSysctl(sysctl))
}

function ensureBridge({ route }: Machine, { bridge }: StepOf<'ensure-bridge'>): void {
  const { name, mac, mtu } = bridge
  accepting(['EEXIST'], () => addBridge(route, name, mac, mtu))
  changeLink(route, existing(route, name).index, { isUp: true, mac, mtu })
}

/** A tunnel's port cannot be changed: whatever has the name goes first. */
async function ensureTunnel({ route }: Machine, tag: string, { tunnel }: StepOf<'ensure-tunnel'>): Promise<void> {
  await removeLinks(route, [tunnel.name], leavingGroup(tag))
  addTunnel(route, tunnel)
  changeLink(route, existing(route, tunnel.name).index, { isUp: true })
}

/** Whatever half of a link a crash or a stranger left is removed first: a link has both of its ends or none. */
async function addPort(machine: Machine, tag: string, { namespace, bridge }: StepOf<'add-port'>): Promise<void> {
  const { name, port } = namespace
  await removeLinks(machine.route, [port.name], leavingGroup(tag))
  machine.inNamespace(name, (inner) => accepting(['ENODEV'], () => removeLink(inner, INSTANCE_LINK)))
  const netnsFd = openSync(namespacePath(name), 'r')
  try {
    const peer = { name: INSTANCE_LINK, mac: port.mac, netnsFd }
    addPair(machine.route, port.name, { mtu: port.mtu, master: existing(machine.route, bridge).index, peer })
  } finally {
    closeSync(netnsFd)
  }
  mendPort(machine, namespace, bridge)
}

function mendPort(machine: Machine, { name, port }: NamespaceConfig, bridge: string): void {
  const { route } = machine
  const outer = existing(route, port.name)
  changeLink(route, outer.index, { isUp: true, mtu: port.mtu, master: existing(route, bridge).index, isHairpin: true })
  machine.inNamespace(name, (inner) => {
    changeLink(inner, existing(inner, 'lo').index, { isUp: true })
    changeLink(inner, existing(inner, INSTANCE_LINK).index, { isUp: true, mtu: port.mtu })
  })
}

function changeAddress(route: NetlinkSocket, { do: what, namespace, link, address }: StepOf<'add-address' | 'remove-address'>): void {
  if (what === 'remove-address') {
    const index = findLink(route, link)?.index
    if (index !== undefined) accepting(['EADDRNOTAVAIL'], () => removeAddress(route, index, address))
    return
  }
  // The bridge's prefix is routed by the node's own table, for the main table belongs to all nodes of the machine.
  const withRoute = namespace !== undefined
  accepting(['EEXIST'], () => addAddress(route, existing(route, link).index, address, { withRoute }))
}

function changeRoute(socket: NetlinkSocket, what: 'add-route' | 'remove-route', route: Route): void {
  if (what === 'add-route') return addRoute(socket, existing(socket, route.dev).index, route)
  const index = findLink(socket, route.dev)?.index
  if (index !== undefined) accepting(['ESRCH'], () => removeRoute(socket, index, route))
}

function existing(route: NetlinkSocket, name: string): Link {
  const link = findLink(route, name)
  if (!link) throw new KernelError(`the link ${name} is gone`, constants.errno.ENODEV)
  return link
}
