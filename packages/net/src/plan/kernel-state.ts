import type {
  BridgeLink,
  KernelConfig,
  NamespaceConfig,
  NftChain,
  NftTable,
  PolicyRule,
  PortLink,
  Route,
  Sysctl,
  TunnelLink,
} from './kernel-config.ts'
import { ruleDigest } from './rule-digest.ts'

/** An nft chain as the kernel has it: rules are known by the digest in their comment. */
export interface NftChainState {
  readonly name: string
  readonly hook?: { readonly type: string; readonly hook: string; readonly priority: number }
  readonly digests: readonly string[]
}

export interface NftTableState extends Pick<NftTable, 'family' | 'name' | 'sets'> {
  readonly chains: readonly NftChainState[]
}

/** A link and whether all that hangs on it is as it should be: up on both ends, on the bridge, able to reflect. */
export interface LinkState<Link> {
  readonly link: Link
  readonly isHealthy: boolean
}

export interface NamespaceState {
  readonly name: string
  /** False for a file that is left over without a namespace behind it. */
  readonly isMounted: boolean
  /** Absent unless both ends exist and belong together. */
  readonly port?: LinkState<PortLink>
  readonly sysctls: ReadonlyMap<string, string>
  readonly addresses: readonly string[]
  readonly routes: readonly Route[]
}

/** What of a node is in the kernel: observed, or known because we just put it there. */
export interface KernelState {
  readonly sysctls: ReadonlyMap<string, string>
  readonly bridge?: LinkState<BridgeLink>
  readonly tunnel?: LinkState<TunnelLink>
  readonly addresses: readonly string[]
  readonly routes: readonly Route[]
  readonly rules: readonly PolicyRule[]
  /** Links with a name of this node's ports that belong to no namespace. */
  readonly strayPorts: readonly string[]
  readonly namespaces: readonly NamespaceState[]
  readonly tables: readonly NftTableState[]
}

/** The state in which a configuration is fully there. */
export function stateOf(config: KernelConfig): KernelState {
  return {
    sysctls: valuesOf(config.host.sysctls),
    bridge: { link: config.host.bridge, isHealthy: true },
    ...(config.host.tunnel && { tunnel: { link: config.host.tunnel, isHealthy: true } }),
    addresses: config.host.addresses,
    routes: config.host.routes,
    rules: config.host.rules,
    strayPorts: [],
    namespaces: config.namespaces.map(namespaceStateOf),
    tables: config.tables.map(tableStateOf),
  }
}

/** The state of a kernel that has nothing of ours. */
export const EMPTY_STATE: KernelState = {
  sysctls: new Map(),
  addresses: [],
  routes: [],
  rules: [],
  strayPorts: [],
  namespaces: [],
  tables: [],
}

function namespaceStateOf(config: NamespaceConfig): NamespaceState {
  return {
    name: config.name,
    isMounted: true,
    port: { link: config.port, isHealthy: true },
    sysctls: valuesOf(config.sysctls),
    addresses: config.addresses,
    routes: config.routes,
  }
}

function chainStateOf({ name, hook, rules }: NftChain): NftChainState {
  return { name, ...(hook && { hook }), digests: rules.map(ruleDigest) }
}

function tableStateOf(table: NftTable): NftTableState {
  return {
    family: table.family,
    name: table.name,
    sets: table.sets,
    chains: table.chains.map(chainStateOf),
  }
}

function valuesOf(sysctls: readonly Sysctl[]): ReadonlyMap<string, string> {
  return new Map(sysctls.map(({ path, value }) => [path, value]))
}
