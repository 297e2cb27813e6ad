import { FAMILIES, type Family } from './addresses.ts'
import { NETWORK_LIMITS } from './constants.ts'
import { HEADER, INSTANCE, map, NAMESPACE, SEMANTIC_RANGE } from './family-words.ts'
import type { NftChain, NftSet } from './kernel-config.ts'
import { bridgeName, gateChain, gateMap } from './names.ts'
import type { Frame } from './plan-context.ts'

/*
 * Gates: ports of the machine at which clients outside the overlay reach a service, whether or not an instance of it is here. The
 * connection is translated once, straight to an instance, for the kernel translates no packet twice. `reference/network.md` 10.
 */

const NFPROTO = { v4: 'ipv4', v6: 'ipv6' } as const
const PROTOCOLS = ['tcp', 'udp'] as const

/** Which chain each port leads to. They are there without gates too, for a table whose sets change is replaced as a whole. */
export function gateSets({ gates }: Frame, family: Family): readonly NftSet[] {
  return PROTOCOLS.map((protocol) => {
    const own = gates.filter((gate) => gate.protocol === protocol)
    return map(
      gateMap(protocol, family),
      'inet_service : verdict',
      own.map(({ hostPort }) => `${hostPort} : goto ${gateChain(protocol, hostPort, family)}`),
    )
  })
}

/** One chain per gate, which picks an instance by turns. */
export function gateChains(frame: Frame): readonly NftChain[] {
  return FAMILIES.flatMap((family) => {
    const nearest = nearestNames(frame, family)
    return frame.gates.map(({ protocol, hostPort, containerPort, service }) => {
      const slots = service.targets
        .slice(0, NETWORK_LIMITS.gateTargets)
        .map((target, slot) => `${slot} : ${nearest.get(target[family]) ?? target[family]}`)
      // The port stands beside the map: with an IPv6 address in it, nft 1.0.6 makes a rule that matches and translates nothing.
      const choose = `numgen inc mod ${slots.length} map { ${slots.join(', ')} } : ${containerPort}`
      return { name: gateChain(protocol, hostPort, family), rules: [`meta l4proto ${protocol} dnat ${HEADER[family]} to ${choose}`] }
    })
  })
}

/** Behind the ports of instances. @param machine for each family, what matches packets to the machine's own addresses */
export function gateRules(frame: Frame, machine: Readonly<Record<Family, string>>): readonly string[] {
  if (frame.gateways.length === 0) return []
  return FAMILIES.flatMap((family) =>
    PROTOCOLS.map((protocol) => `meta nfproto ${NFPROTO[family]} ${machine[family]} ${protocol} dport vmap @${gateMap(protocol, family)}`),
  )
}

/**
 * An instance on another node answers to this node's gateway, which its node knows the way to: it would answer a stranger past the
 * translation. Connections to service addresses keep their sources.
 */
export function gateSources({ gateways, tunnel, bridge, gateway }: Frame): readonly string[] {
  if (gateways.length === 0) return []
  return FAMILIES.flatMap((family) => {
    const header = HEADER[family]
    const entered = `ct status dnat ct original ${header} daddr != ${SEMANTIC_RANGE[family]} snat ${header} to ${gateway[family]}`
    return [
      ...(tunnel ? [`oifname "${tunnel.name}" ${entered}`] : []),
      `oifname != "${bridge}" oifname "${bridgeName('')}*" ${header} daddr @nearby_${family} ${entered}`,
    ]
  })
}

/** Instances that connections through gates may lead to, by their own addresses. */
export function gateTargets({ gates }: Frame): readonly string[] {
  const services = new Set(gates.map(({ service }) => service))
  return [...services].flatMap(({ targets, kept = [] }) => [...targets, ...kept].flatMap(({ v4, v6 }) => [v4, v6]))
}

/** An instance that is here answers a client of the outside from its namespace address. */
function nearestNames({ attachments }: Frame, family: Family): ReadonlyMap<string, string> {
  return new Map(attachments.map((attachment) => [attachment[INSTANCE[family]], attachment[NAMESPACE[family]]]))
}
