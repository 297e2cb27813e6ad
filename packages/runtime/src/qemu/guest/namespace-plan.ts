import { GATEWAY_V6, type GuestNetwork } from './guest-network.ts'

/** Name of the guest's link inside the namespace. */
export const TAP = 'tap0'
/** Of the instance's own tables, in its own namespace: nobody else's. */
export const GUEST_TABLE = 'oak_guest'
const ROUTING_TABLE = 100
const PREFERENCE = { guest: 10, local: 100 } as const

/** What a namespace must do so that its guest has the address that the namespace's link carries. */
export interface NamespacePlan {
  /** Below `/proc/sys/net`. */
  readonly sysctls: readonly (readonly [path: string, value: string])[]
  readonly routing: readonly RoutingPlan[]
  /** For `nft -f`, replaces what was there. */
  readonly nft: string
}

/** For `ip -4` or `ip -6`, `-force -batch`: those of `tolerant` fail where they were done before. */
export interface RoutingPlan {
  readonly family: '-4' | '-6'
  readonly tolerant: readonly string[]
  readonly strict: readonly string[]
}

/**
 * The instance's address is routed to the guest before the namespace can take it for its own; the other addresses are
 * translated to it. Packets that the namespace's link takes for local elsewhere stay as they are: the network's plan of that
 * link is not touched. Pure.
 */
export function planNamespace({ link, mtu, mac, v4, v6 }: GuestNetwork): NamespacePlan {
  const up = `link set ${TAP} mtu ${mtu} up`
  return {
    sysctls: [...(v4 ? sysctlsV4(link) : []), ...(v6 ? SYSCTLS_V6 : [])],
    routing: [
      ...(v4 ? [routing('-4', v4.address, mac, [up])] : []),
      ...(v6 ? [routing('-6', v6.address, mac, [up, `addr replace ${GATEWAY_V6}/64 dev ${TAP} nodad`])] : []),
    ],
    nft: table(link, [
      ...(v4 ? v4.others.map((other) => `ip daddr ${other} dnat ip to ${v4.address}`) : []),
      ...(v6 ? v6.others.map((other) => `ip6 daddr ${other} dnat ip6 to ${v6.address}`) : []),
    ]),
  }
}

/**
 * The rule about local addresses stands first in the kernel; only one that is added elsewhere lets another go before it. With
 * a neighbour that is known for good, nobody waits for a guest that is still booting (`reference/lab.md` 8).
 */
function routing(family: RoutingPlan['family'], address: string, mac: string, first: readonly string[]): RoutingPlan {
  return {
    family,
    tolerant: [
      `rule del pref ${PREFERENCE.guest}`,
      `rule add to ${address} pref ${PREFERENCE.guest} lookup ${ROUTING_TABLE}`,
      `rule add pref ${PREFERENCE.local} lookup local`,
      'rule del pref 0 lookup local',
    ],
    strict: [
      ...first,
      `route replace ${address} dev ${TAP} table ${ROUTING_TABLE}`,
      `neigh replace ${address} lladdr ${mac} dev ${TAP} nud permanent`,
    ],
  }
}

function sysctlsV4(link: string): NamespacePlan['sysctls'] {
  return [
    // Link by link: forwarding as a whole is the network's to decide, and it says no.
    ...[link, TAP].flatMap((name) => [
      [`ipv4/conf/${name}/forwarding`, '1'] as const,
      [`ipv4/conf/${name}/proxy_arp`, '1'] as const,
      [`ipv4/conf/${name}/rp_filter`, '0'] as const,
      [`ipv4/neigh/${name}/proxy_delay`, '0'] as const,
    ]),
  ]
}

const SYSCTLS_V6: NamespacePlan['sysctls'] = [['ipv6/conf/all/forwarding', '1']]

function table(link: string, translations: readonly string[]): string {
  const rulesText = translations.map((rule) => `    iifname "${link}" ${rule}`).join('\n')
  const chain = `  chain arriving {\n    type nat hook prerouting priority -100\n${rulesText}\n  }`
  return `table inet ${GUEST_TABLE}\ndelete table inet ${GUEST_TABLE}\ntable inet ${GUEST_TABLE} {\n${chain}\n}\n`
}
