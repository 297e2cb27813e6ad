import type { KernelConfig } from '../plan/kernel-config.ts'
import { type KernelState, type NamespaceState, stateOf } from '../plan/kernel-state.ts'
import { renderRoute, renderRule } from '../plan/render.ts'
import type { Step } from '../plan/step.ts'

/** The state after a step: what a kernel does, without one. `config` is what the step is on the way to. */
export function applyStep(state: KernelState, step: Step, config: KernelConfig | undefined): KernelState {
  if ('namespace' in step && typeof step.namespace === 'string') return insideNamespace(state, step.namespace, step)
  switch (step.do) {
    case 'set-sysctl':
      return { ...state, sysctls: withSysctl(state.sysctls, step.sysctl) }
    case 'ensure-bridge':
      return { ...state, bridge: { link: step.bridge, isHealthy: true } }
    case 'ensure-tunnel':
      return { ...withoutTunnel(state), tunnel: { link: step.tunnel, isHealthy: true } }
    case 'add-address':
      return { ...state, addresses: [...state.addresses, step.address] }
    case 'remove-address':
      return { ...state, addresses: state.addresses.filter((address) => address !== step.address) }
    case 'add-route':
      return { ...state, routes: [...state.routes.filter(({ to }) => to !== step.route.to), step.route] }
    case 'remove-route':
      return { ...state, routes: state.routes.filter((route) => renderRoute(route) !== renderRoute(step.route)) }
    case 'add-rule':
      return { ...state, rules: [...state.rules, step.rule] }
    case 'remove-rule':
      return { ...state, rules: state.rules.filter((rule) => renderRule(rule) !== renderRule(step.rule)) }
    case 'add-namespace':
      return { ...state, namespaces: [...without(state, step.name), { ...BARE, name: step.name }] }
    case 'remove-namespace':
      return { ...state, namespaces: without(state, step.name) }
    case 'add-port':
    case 'mend-port':
      return insideNamespace(state, step.namespace.name, step)
    case 'remove-links':
      return withoutLinks(state, step.names)
    case 'run-nft':
      return { ...state, tables: config ? stateOf(config).tables : [] }
    case 'cut-flows':
      return state
  }
}

const BARE = { isMounted: true, sysctls: new Map<string, string>(), addresses: [], routes: [] } as const

function without({ namespaces }: KernelState, name: string): readonly NamespaceState[] {
  return namespaces.filter((namespace) => namespace.name !== name)
}

function withSysctl(sysctls: ReadonlyMap<string, string>, { path, value }: { path: string; value: string }): ReadonlyMap<string, string> {
  return new Map(sysctls).set(path, value)
}

function insideNamespace(state: KernelState, name: string, step: Step): KernelState {
  return {
    ...state,
    namespaces: state.namespaces.map((namespace) => (namespace.name === name ? changeInside(namespace, step) : namespace)),
  }
}

function changeInside(namespace: NamespaceState, step: Step): NamespaceState {
  switch (step.do) {
    case 'set-sysctl':
      return { ...namespace, sysctls: withSysctl(namespace.sysctls, step.sysctl) }
    case 'add-port':
      return { ...namespace, port: { link: step.namespace.port, isHealthy: true }, addresses: [], routes: [] }
    case 'mend-port':
      return { ...namespace, port: { link: step.namespace.port, isHealthy: true } }
    case 'add-address':
      return { ...namespace, addresses: [...namespace.addresses, step.address] }
    case 'remove-address':
      return { ...namespace, addresses: namespace.addresses.filter((address) => address !== step.address) }
    case 'add-route':
      return { ...namespace, routes: [...namespace.routes.filter(({ to }) => to !== step.route.to), step.route] }
    case 'remove-route':
      return { ...namespace, routes: namespace.routes.filter((route) => renderRoute(route) !== renderRoute(step.route)) }
    default:
      return namespace
  }
}

function withoutTunnel({ tunnel, ...state }: KernelState): KernelState {
  return tunnel ? { ...state, routes: state.routes.filter(({ dev }) => dev !== tunnel.link.name) } : state
}

/** With one end of a port goes the other, and with the bridge go its addresses and the routes over it. */
function withoutLinks({ bridge, ...before }: KernelState, names: readonly string[]): KernelState {
  const state = before.tunnel && names.includes(before.tunnel.link.name) ? withoutTunnel(before) : before
  const namespaces = state.namespaces.map(({ port, ...namespace }) =>
    port && names.includes(port.link.name) ? { ...namespace, addresses: [], routes: [] } : { ...namespace, ...(port && { port }) },
  )
  const strayPorts = state.strayPorts.filter((name) => !names.includes(name))
  if (!bridge || names.includes(bridge.link.name)) return { ...state, addresses: [], routes: [], strayPorts, namespaces }
  return { ...state, bridge, strayPorts, namespaces }
}
