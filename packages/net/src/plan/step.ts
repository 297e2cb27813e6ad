import type { BridgeLink, NamespaceConfig, PolicyRule, Route, Sysctl, TunnelLink } from './kernel-config.ts'
import { renderRoute, renderRule } from './render.ts'

/** One change to the kernel. `namespace` is a name below `/run/netns`; absent, the machine's own network is meant. */
export type Step =
  | { readonly do: 'set-sysctl'; readonly namespace?: string; readonly sysctl: Sysctl }
  | { readonly do: 'ensure-bridge'; readonly bridge: BridgeLink; readonly exists: boolean }
  /** Where one with another port exists, it goes first, and the routes over it with it. */
  | { readonly do: 'ensure-tunnel'; readonly tunnel: TunnelLink }
  | { readonly do: 'add-namespace'; readonly name: string }
  | { readonly do: 'add-port'; readonly namespace: NamespaceConfig; readonly bridge: string }
  | { readonly do: 'mend-port'; readonly namespace: NamespaceConfig; readonly bridge: string }
  | { readonly do: 'add-address'; readonly namespace?: string; readonly link: string; readonly address: string }
  | { readonly do: 'remove-address'; readonly namespace?: string; readonly link: string; readonly address: string }
  | { readonly do: 'add-route'; readonly namespace?: string; readonly route: Route }
  | { readonly do: 'remove-route'; readonly namespace?: string; readonly route: Route }
  | { readonly do: 'add-rule'; readonly rule: PolicyRule }
  | { readonly do: 'remove-rule'; readonly rule: PolicyRule }
  /** All at once, for the kernel takes as long for many as for one. */
  | { readonly do: 'remove-links'; readonly names: readonly string[] }
  | { readonly do: 'remove-namespace'; readonly name: string }
  /** One atomic transaction; `added` and `removed` say in words what it changes. */
  | { readonly do: 'run-nft'; readonly commands: string; readonly added: readonly string[]; readonly removed: readonly string[] }
  /** Ends the connections to these addresses that the configuration no longer allows; without addresses, to any. */
  | { readonly do: 'cut-flows'; readonly addresses?: readonly string[] }

const where = (namespace: string | undefined) => (namespace === undefined ? '' : ` in ${namespace}`)

/** The object a step makes or changes, for people. Empty for a step that makes nothing of its own. */
export function renderStep(step: Step): { readonly added: readonly string[]; readonly removed: readonly string[] } {
  switch (step.do) {
    case 'set-sysctl':
      return added(`sysctl ${step.sysctl.path} = ${step.sysctl.value.replaceAll('\t', ' ')}${where(step.namespace)}`)
    case 'ensure-bridge':
      return added(`bridge ${step.bridge.name}`)
    case 'ensure-tunnel':
      return added(`tunnel ${step.tunnel.name} port ${step.tunnel.port}`)
    case 'add-namespace':
      return added(`namespace ${step.name}`)
    case 'add-port':
    case 'mend-port':
      return added(`port ${step.namespace.port.name} of ${step.namespace.name}`)
    case 'add-address':
      return added(`address ${step.address} on ${step.link}${where(step.namespace)}`)
    case 'remove-address':
      return removed(`address ${step.address} on ${step.link}${where(step.namespace)}`)
    case 'add-route':
      return added(`route ${renderRoute(step.route)}${where(step.namespace)}`)
    case 'remove-route':
      return removed(`route ${renderRoute(step.route)}${where(step.namespace)}`)
    case 'add-rule':
      return added(`rule ${renderRule(step.rule)}`)
    case 'remove-rule':
      return removed(`rule ${renderRule(step.rule)}`)
    case 'remove-links':
      return { added: [], removed: step.names.map((name) => `link ${name}`) }
    case 'remove-namespace':
      return removed(`namespace ${step.name}`)
    case 'run-nft':
      return { added: step.added, removed: step.removed }
    case 'cut-flows':
      return { added: [], removed: [] }
  }
}

function added(text: string) {
  return { added: [text], removed: [] }
}

function removed(text: string) {
  return { added: [], removed: [text] }
}
