import type { KernelConfig, NamespaceConfig, NftChain, NftSet, NftTable, PolicyRule, Route, Sysctl } from './kernel-config.ts'

/** A route as `ip route` writes it; the text also tells routes apart. */
export function renderRoute({ to, encap, via, dev, src, mtu, table }: Route): string {
  // Most of tens of thousands of routes are of this form: the rest is for the few that are not.
  if (!encap && via === undefined && mtu === undefined && src !== undefined && table !== undefined) {
    return `${to} dev ${dev} src ${src} table ${table}`
  }
  const parts = [
    to,
    encap && `encap ${encap.address.includes(':') ? 'ip6' : 'ip'} id ${encap.id} dst ${encap.address}`,
    via && `via ${via}`,
    `dev ${dev}`,
    src && `src ${src}`,
    table !== undefined && `table ${table}`,
    mtu !== undefined && `mtu ${mtu}`,
  ]
  return parts.filter(Boolean).join(' ')
}

/** A rule as `ip rule` writes it; the text also tells rules apart. */
export function renderRule({ family, priority, iif, to, action }: PolicyRule): string {
  const what =
    action === 'unreachable' ? 'unreachable' : `lookup ${action.lookup}${action.withoutDefault ? ' suppress_prefixlength 0' : ''}`
  return [family, `priority ${priority}`, to && `to ${to}`, iif && `iif ${iif}`, what].filter(Boolean).join(' ')
}

export function renderHook({ type, hook, priority }: { type: string; hook: string; priority: number }): string {
  return `type ${type} hook ${hook} priority ${priority}`
}

/** The whole configuration as text, in the words of `ip` and `nft`: for `oak debug net` and for golden tests. */
export function renderKernelConfig(config: KernelConfig): string {
  const { host } = config
  return section(`node ${config.tag}`, [
    ...host.sysctls.map(renderSysctl),
    `bridge ${host.bridge.name} mac ${host.bridge.mac} mtu ${host.bridge.mtu}`,
    ...(host.tunnel ? [`tunnel ${host.tunnel.name} port ${host.tunnel.port} mtu ${host.tunnel.mtu}`] : []),
    ...host.addresses.map((address) => `address ${address}`),
    ...host.rules.map((rule) => `rule ${renderRule(rule)}`),
    ...host.routes.map((route) => `route ${renderRoute(route)}`),
  ]).concat(...config.namespaces.map(renderNamespace), ...config.tables.map(renderTable))
}

function section(title: string, lines: readonly string[]): string {
  return `${[title, ...lines.map((line) => `  ${line}`)].join('\n')}\n`
}

function renderSysctl({ path, value, mode }: Sysctl): string {
  return `sysctl ${path} ${mode === 'raise' ? '>=' : '='} ${value.replaceAll('\t', ' ')}`
}

function renderNamespace({ name, port, sysctls, addresses, routes }: NamespaceConfig): string {
  return section(`namespace ${name}`, [
    `port ${port.name} eth0 mac ${port.mac} mtu ${port.mtu}`,
    ...sysctls.map(renderSysctl),
    ...addresses.map((address) => `address ${address}`),
    ...routes.map((route) => `route ${renderRoute(route)}`),
  ])
}

function renderTable({ family, name, sets, chains }: NftTable): string {
  return section(`table ${family} ${name}`, [...sets.flatMap(renderSet), ...chains.flatMap(renderChain)])
}

function renderSet({ kind, name, type, elements }: NftSet): readonly string[] {
  return [`${kind} ${name} type ${type}`, ...elements.map((element) => `  ${element}`)]
}

function renderChain({ name, hook, rules }: NftChain): readonly string[] {
  return [hook ? `chain ${name} ${renderHook(hook)}` : `chain ${name}`, ...rules.map((rule) => `  ${rule}`)]
}
