import { OakError } from '@oakestra/base'
import type { AdmittedClient, Attachment } from '../network.ts'
import { canonicalAddress, FAMILIES, type Family } from './addresses.ts'
import { NETWORK_LIMITS } from './constants.ts'
import { ADDRESS_TYPE, HEADER, INSTANCE, NAMESPACE, SEMANTIC_RANGE, set } from './family-words.ts'
import type { IsolationPolicy, NftChain, NftSet } from './kernel-config.ts'
import { macOf, portName } from './names.ts'
import type { Frame } from './plan-context.ts'

/*
 * Isolated instances take connections from the clients that they admit, through ports that are published, and from nodes themselves:
 * nobody else. It is looked at where they are, for their own node answers for them; it stands on the table of family `bridge`, which lets
 * nobody send from another's address. What they open themselves is answered. `docs/decisions/0019-isolation.md`.
 */

/** What IPv6 has for ARP. */
const WHERE_I_AM = 'icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert }'

/** Who may connect to an instance that admits only some. */
type Isolated = Attachment & Required<Pick<Attachment, 'admits'>>

/** Clients of one instance in canonical text: made once for the same list, for they are compared with each change. */
interface Clients {
  readonly ofFamily: Readonly<Record<Family, readonly string[]>>
  readonly all: ReadonlySet<string>
}

const knownClients = new WeakMap<readonly AdmittedClient[], Clients>()
const NOBODY: ReadonlySet<string> = new Set()

function clientsOf({ admits }: Isolated): Clients {
  const known = knownClients.get(admits)
  if (known) return known
  const of = (family: Family) => [...new Set(admits.map((client) => canonicalAddress(client[family], family)))].sort()
  const ofFamily = { v4: of('v4'), v6: of('v6') }
  const clients = { ofFamily, all: new Set([...ofFamily.v4, ...ofFamily.v6]) }
  knownClients.set(admits, clients)
  return clients
}

function isolatedIn(attachments: readonly Attachment[]): readonly Isolated[] {
  return attachments.filter((attachment): attachment is Isolated => attachment.admits !== undefined)
}

/** @throws OakError `limit-exceeded` */
export function checkAdmitted(attachments: readonly Attachment[]): void {
  const counts = isolatedIn(attachments).map(({ admits }) => admits.length)
  const most = Math.max(0, ...counts)
  const all = counts.reduce((sum, count) => sum + count, 0)
  if (most <= NETWORK_LIMITS.admitted && all <= NETWORK_LIMITS.admittedOnNode) return
  throw new OakError(
    'limit-exceeded',
    `isolated instances that admit ${all} clients, one of them ${most}, are more than the network can hold`,
  )
}

/** They are there without isolated instances too, for a table whose sets change is replaced as a whole. */
export function isolationSets({ attachments, peers }: Frame, family: Family): readonly NftSet[] {
  const isolated = isolatedIn(attachments)
  const type = ADDRESS_TYPE[family]
  const gateways = isolated.length > 0 ? peers.map(({ gateway, gatewayV6 }) => (family === 'v4' ? gateway : gatewayV6)) : []
  return [
    set(
      `guarded_${family}`,
      type,
      isolated.flatMap((each) => [each[NAMESPACE[family]], each[INSTANCE[family]]]),
    ),
    set(
      `admitted_${family}`,
      `${type} . ${type}`,
      isolated.flatMap((each) => clientsOf(each).ofFamily[family].map((client) => `${client} . ${each[INSTANCE[family]]}`)),
    ),
    set(`nodes_${family}`, type, [...new Set(gateways)]),
  ]
}

/** Before anything is let through: to an isolated instance by way of who may. */
export function isolationRules({ bridge, attachments }: Frame): readonly string[] {
  if (isolatedIn(attachments).length === 0) return []
  return FAMILIES.map((family) => `oifname "${bridge}" ${HEADER[family]} daddr @guarded_${family} jump ${guardChain(family)}`)
}

/**
 * Silence, not a refusal: a client that starts just before this node hears of it is let in when it tries again, which TCP does by itself.
 * What was translated from an address that is no service's came in at a published port.
 */
export function isolationChains({ attachments }: Frame): readonly NftChain[] {
  if (isolatedIn(attachments).length === 0) return []
  return FAMILIES.map((family) => {
    const header = HEADER[family]
    const rules = [
      'ct state established,related return',
      `ct status dnat ct original ${header} daddr != ${SEMANTIC_RANGE[family]} return`,
      `${header} saddr @nodes_${family} return`,
      `${header} saddr . ${header} daddr @admitted_${family} return`,
      'drop',
    ]
    return { name: guardChain(family), rules }
  })
}

function guardChain(family: Family): string {
  return `guard_${family}`
}

/** Links of isolated instances and their addresses, in the table of the bridge. */
export function isolatedLinks({ tag, attachments }: Frame): readonly NftSet[] {
  const isolated = isolatedIn(attachments)
  return [
    set(
      'isolated_links',
      'ifname',
      isolated.map(({ instanceId }) => `"${portName(tag, instanceId)}"`),
    ),
    set(
      'isolated_macs',
      'ether_addr',
      isolated.map(({ namespaceV4 }) => macOf(namespaceV4)),
    ),
  ]
}

/**
 * Neighbours on one bridge can send to each other past all routing, by their namespace and link-local addresses and by made-up frames. To
 * an isolated instance they may only say where they are; all else goes to the node. What the node sends on may pass the bridge as well: a
 * kernel with `br_netfilter` does so with what it translated, which has the bridge's own address here, and the instance's only later.
 */
export function directRules({ attachments }: Frame): readonly string[] {
  if (isolatedIn(attachments).length === 0) return []
  return [`ether daddr @isolated_macs ${WHERE_I_AM} accept`, 'ether daddr @isolated_macs ether type != arp drop']
}

/** To everybody on the bridge at once: nothing that a node sends on. */
export function floodedChain({ attachments }: Frame): NftChain {
  const toAll = 'oifname @isolated_links ether daddr & 01:00:00:00:00:00 == 01:00:00:00:00:00'
  return {
    name: 'flooded',
    hook: { type: 'filter', hook: 'forward', priority: 0 },
    rules: isolatedIn(attachments).length > 0 ? [`${toAll} ${WHERE_I_AM} accept`, `${toAll} ether type != arp drop`] : [],
  }
}

/** What the kernel's connections are held against when somebody is not admitted any more. */
export function isolationPolicy({ attachments, peers }: Frame): IsolationPolicy | undefined {
  const isolated = isolatedIn(attachments)
  if (isolated.length === 0) return undefined
  return {
    guarded: new Map(
      isolated.flatMap((each) => {
        const { all } = clientsOf(each)
        return FAMILIES.flatMap((family) => [[each[INSTANCE[family]], all] as const, [each[NAMESPACE[family]], NOBODY] as const])
      }),
    ),
    nodes: new Set(peers.flatMap(({ gateway, gatewayV6 }) => [gateway, gatewayV6])),
  }
}
