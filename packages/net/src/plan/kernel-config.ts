/** The kernel's configuration as plain data. Addresses and prefixes are canonical text. */

/** A file below `/proc/sys/`. `raise` leaves a higher number alone: others on the machine may need it. */
export interface Sysctl {
  readonly path: string
  readonly value: string
  readonly mode: 'set' | 'raise'
}

export interface BridgeLink {
  readonly name: string
  readonly mac: string
  readonly mtu: number
}

/** The link of one instance: `name` on the bridge, `eth0` with `mac` in its namespace. */
export interface PortLink {
  readonly name: string
  readonly mac: string
  readonly mtu: number
}

/** The link that carries packets to other nodes, wrapped as VXLAN-GPE: where to is said by each route. */
export interface TunnelLink {
  readonly name: string
  readonly port: number
  readonly mtu: number
}

/** How a route wraps its packets: for whom, and with which number in the wrapping. */
export interface Encap {
  readonly address: string
  readonly id: number
}

export interface Route {
  readonly to: string
  readonly via?: string
  readonly dev: string
  readonly src?: string
  readonly encap?: Encap
  /** Largest packet, where that is less than the link can take. */
  readonly mtu?: number
  /** Absent: the main table. */
  readonly table?: number
}

export interface PolicyRule {
  readonly family: 'v4' | 'v6'
  readonly priority: number
  readonly iif?: string
  readonly to?: string
  readonly action: { readonly lookup: number; readonly withoutDefault?: boolean } | 'unreachable'
}

/** A network namespace and all that is inside. */
export interface NamespaceConfig {
  readonly name: string
  readonly port: PortLink
  readonly sysctls: readonly Sysctl[]
  /** With prefix length, on `eth0`. */
  readonly addresses: readonly string[]
  readonly routes: readonly Route[]
}

export interface HostConfig {
  readonly sysctls: readonly Sysctl[]
  readonly bridge: BridgeLink
  readonly tunnel?: TunnelLink
  /** With prefix length, on the bridge. */
  readonly addresses: readonly string[]
  readonly routes: readonly Route[]
  readonly rules: readonly PolicyRule[]
}

/** A named set or map of nft; elements in nft's notation, `key` or `key : value`. */
export interface NftSet {
  readonly kind: 'set' | 'map'
  readonly name: string
  /** Key type, and for a map ` : ` and the type of its values, as nft lists them. */
  readonly type: string
  /** How it is declared where that differs from `type TYPE`. */
  readonly declaration?: string
  readonly elements: readonly string[]
  /** Elements come and go by themselves after so long: they are not compared. */
  readonly timeoutSeconds?: number
  /** The kernel itself adds elements, up to so many. */
  readonly sizeMax?: number
}

export interface NftHook {
  readonly type: 'filter' | 'nat'
  readonly hook: string
  readonly priority: number
}

export interface NftChain {
  readonly name: string
  readonly hook?: NftHook
  /** Rules in nft's notation, without comment. */
  readonly rules: readonly string[]
}

export interface NftTable {
  readonly family: 'inet' | 'bridge'
  readonly name: string
  readonly sets: readonly NftSet[]
  /** Chains that others jump to come before those. */
  readonly chains: readonly NftChain[]
}

/** Who may be connected to isolated instances. */
export interface IsolationPolicy {
  /** By each address of such an instance: its clients. The same object for as long as nothing changes. */
  readonly guarded: ReadonlyMap<string, ReadonlySet<string>>
  /** Gateways of other nodes. */
  readonly nodes: ReadonlySet<string>
}

/** What connections may exist: used to end those whose far side is gone. */
export interface FlowPolicy {
  /** Prefixes of the node's own namespace addresses. */
  readonly subnets: readonly string[]
  /** Addresses that are in use inside those prefixes or as instance addresses here. */
  readonly local: readonly string[]
  readonly services: ReadonlyMap<string, readonly string[]>
  /** The node's own addresses in the overlay. */
  readonly gateways: readonly string[]
  /** Instances that clients of the outside are translated to, by their own addresses. */
  readonly published: readonly string[]
  /** Instances of peers. */
  readonly remote: readonly string[]
  /** Absent: no instance here is isolated. */
  readonly isolation?: IsolationPolicy
}

/** Everything one node wants from its kernel. */
export interface KernelConfig {
  readonly tag: string
  readonly host: HostConfig
  readonly namespaces: readonly NamespaceConfig[]
  readonly tables: readonly NftTable[]
  readonly flows: FlowPolicy
}
