import type { Attachment } from '../network.ts'
import { FAMILIES, type Family, prefixText } from './addresses.ts'
import { ADDRESS_TYPE, HEADER, INSTANCE, map, NAMESPACE, set } from './family-words.ts'
import type { NftChain, NftSet, NftTable } from './kernel-config.ts'
import { bridgeName, portName, portPrefix, slowName, tableName } from './names.ts'
import { ADVERTISING_RULE, advertisedSet } from './plan-advertised.ts'
import { type Frame, type PlanContext, perFrame } from './plan-context.ts'
import { gateChains, gateRules, gateSets, gateSources } from './plan-gates.ts'
import { gatewayGuard } from './plan-gateway-guard.ts'
import { directRules, floodedChain, isolatedLinks, isolationChains, isolationRules, isolationSets } from './plan-isolation.ts'
import { knownSets, slowForwarding, slowRefusals, slowSources, untrackedArrivals, untrackedDepartures } from './plan-slow-path.ts'
import { arrivalRules, departureRules, forwardingToPeers, keptSources, packetSizeRules, peerSets } from './plan-tunnel.ts'
import { type ServiceParts, soleTargetChain } from './service-parts.ts'

const LOOPBACK = { v4: '127.0.0.0/8', v6: '::1' } as const

/** The two tables of a node: `inet` translates and filters, `bridge` keeps each instance to its own addresses. */
export function planTables(context: PlanContext): readonly NftTable[] {
  const { frame } = context
  const { sets, chains, bridge } = framework(frame)
  return [
    {
      family: 'inet',
      name: tableName(frame.tag),
      sets: FAMILIES.flatMap((family) => [
        ...translationSets(context, family),
        ...sets[family].translation,
        ...knownSets(context, family),
        ...sets[family].isolation,
      ]),
      chains: [...FAMILIES.flatMap((family) => serviceChains(context, family)), ...chains],
    },
    bridge,
  ]
}

/** What of the tables has nothing to do with services. */
const framework = perFrame((frame) => {
  const setsOf = (family: Family) => ({
    translation: [...instanceSets(frame, family), ...gateSets(frame, family), ...peerSets(frame, family)],
    isolation: isolationSets(frame, family),
  })
  const bridge: NftTable = {
    family: 'bridge',
    name: tableName(frame.tag),
    sets: [...FAMILIES.map((family) => sourceSet(frame, family)), advertisedSet(frame), ...isolatedLinks(frame)],
    chains: [portChain(frame), floodedChain(frame)],
  }
  return {
    sets: { v4: setsOf('v4'), v6: setsOf('v6') },
    chains: [...gateChains(frame), ...isolationChains(frame), REFUSE, ...hookedChains(frame)],
    bridge,
  }
})

function translationSets({ parts: all }: PlanContext, family: Family): readonly NftSet[] {
  const address = ADDRESS_TYPE[family]
  const parts = all[family]
  const empty = parts.filter(({ isEmpty }) => isEmpty).map((part) => part.address)
  return [
    map(
      `services_${family}`,
      `${address} : verdict`,
      parts.flatMap(({ dispatch }) => dispatch),
    ),
    slotMap(family, parts),
    set(`empty_${family}`, address, empty),
  ]
}

function instanceSets({ attachments }: Frame, family: Family): readonly NftSet[] {
  const address = ADDRESS_TYPE[family]
  return [
    // An instance that was chosen as the target of its own call: only a foreign source address lets it answer.
    set(
      `self_${family}`,
      `${address} . ${address}`,
      attachments.map((a) => `${a[INSTANCE[family]]} . ${a[INSTANCE[family]]}`),
    ),
    map(`tcp_${family}`, `inet_service : ${address} . inet_service`, portElements(attachments, family, 'tcp')),
    map(`udp_${family}`, `inet_service : ${address} . inet_service`, portElements(attachments, family, 'udp')),
  ]
}

/**
 * All targets of all services in one map, by service address and slot. One map per service, named or not, makes every
 * change slower with the number of services, for the kernel keeps the sets of a table in a list.
 */
function slotMap(family: Family, parts: readonly ServiceParts[]): NftSet {
  const header = HEADER[family]
  const elements = parts.flatMap(({ slots }) => slots)
  const declaration = `typeof ${header} daddr . numgen inc mod 2 : ${header} daddr`
  return {
    kind: 'map',
    name: `slots_${family}`,
    type: `${ADDRESS_TYPE[family]} . integer : ${ADDRESS_TYPE[family]}`,
    declaration,
    elements,
  }
}

/**
 * To the namespace address, not the instance's: nodes side by side on one machine have different subnets, but two
 * unrelated systems may use the same instance addresses.
 */
function portElements(attachments: readonly Attachment[], family: Family, protocol: 'tcp' | 'udp'): readonly string[] {
  return attachments.flatMap((attachment) =>
    attachment.ports
      .filter((port) => port.protocol === protocol)
      .map(({ hostPort, containerPort }) => `${hostPort} : ${attachment[NAMESPACE[family]]} . ${containerPort}`),
  )
}

function serviceChains({ parts }: PlanContext, family: Family): readonly NftChain[] {
  return [soleTargetChain(family), ...parts[family].flatMap(({ chains }) => chains)]
}

/** A clear and quick "nobody there" instead of silence. */
const REFUSE: NftChain = {
  name: 'refuse',
  rules: ['meta l4proto tcp reject with tcp reset', 'reject with icmpx host-unreachable'],
}

function hookedChains(frame: Frame): readonly NftChain[] {
  const { bridge, tag, asksForUnknown } = frame
  const links = [bridge, ...(asksForUnknown ? [slowName(tag)] : [])]
  return [
    {
      // Before connections are tracked, answers to 127.0.0.1 still carry the gateway's address: only forgeries match.
      name: 'from_instances',
      hook: { type: 'filter', hook: 'prerouting', priority: -300 },
      rules: [
        `iifname "${bridge}" ip daddr ${LOOPBACK.v4} drop`,
        ...gatewayGuard(frame),
        ...arrivalRules(frame),
        ...untrackedArrivals(frame),
      ],
    },
    {
      name: 'tunnelled',
      hook: { type: 'filter', hook: 'output', priority: -300 },
      rules: [...departureRules(frame), ...untrackedDepartures(frame)],
    },
    {
      name: 'arriving',
      hook: { type: 'nat', hook: 'prerouting', priority: -100 },
      rules: dispatch(
        frame,
        links.map((link) => `iifname "${link}"`),
      ),
    },
    {
      name: 'leaving',
      hook: { type: 'nat', hook: 'output', priority: -100 },
      rules: dispatch(
        frame,
        links.map((link) => `oifname "${link}"`),
      ),
    },
    { name: 'forwarded', hook: { type: 'filter', hook: 'forward', priority: 0 }, rules: forwardRules(frame) },
    { name: 'sent', hook: { type: 'filter', hook: 'output', priority: 0 }, rules: outputRules(frame) },
    { name: 'sources', hook: { type: 'nat', hook: 'postrouting', priority: 100 }, rules: sourceRules(frame) },
  ]
}

/**
 * Service addresses for those whose link is the node's; published ports for all, but only at the machine's own addresses.
 * Not at ::1, which the kernel lets nobody translate away from the loopback link: refused, clients go on to 127.0.0.1.
 */
function dispatch(frame: Frame, own: readonly string[]): readonly string[] {
  const machine = { v4: 'fib daddr type local', v6: `ip6 daddr != ${LOOPBACK.v6} fib daddr type local` }
  return [
    ...own.flatMap((link) => FAMILIES.map((family) => `${link} ${HEADER[family]} daddr vmap @services_${family}`)),
    ...FAMILIES.flatMap((family) =>
      (['tcp', 'udp'] as const).map(
        (protocol) => `${machine[family]} dnat ${HEADER[family]} to ${protocol} dport map @${protocol}_${family}`,
      ),
    ),
    ...gateRules(frame, machine),
  ]
}

function forwardRules(frame: Frame): readonly string[] {
  const { bridge } = frame
  const out = `oifname "${bridge}" iifname != "${bridge}"`
  const toOtherNode = `iifname "${bridge}" oifname != "${bridge}" oifname "${bridgeName('')}*"`
  return [
    ...packetSizeRules(frame),
    ...isolationRules(frame),
    ...FAMILIES.map((family) => `iifname "${bridge}" ${HEADER[family]} daddr @empty_${family} goto refuse`),
    ...slowForwarding(frame),
    ...forwardingToPeers(frame),
    ...[out, toOtherNode].flatMap((which) => [
      `${which} ct state established,related accept`,
      `${which} ct status dnat accept`,
      `${which} reject with icmpx admin-prohibited`,
    ]),
  ]
}

function outputRules(frame: Frame): readonly string[] {
  const { bridge, tunnel } = frame
  const links = [bridge, ...(tunnel ? [tunnel.name] : [])]
  return [
    ...packetSizeRules(frame),
    ...slowRefusals(frame),
    ...FAMILIES.map((family) => `oifname "${bridge}" ${HEADER[family]} daddr @empty_${family} goto refuse`),
    ...links.flatMap((link) => [`oifname "${link}" icmp type redirect drop`, `oifname "${link}" icmpv6 type nd-redirect drop`]),
  ]
}

/**
 * The gateway's address stands in where the true source could not be answered: a loopback address, a neighbour on the
 * same bridge that would be answered past the translation, and an instance that talks to itself. All that leaves by
 * another link than the overlay's takes the machine's address.
 */
function sourceRules(frame: Frame): readonly string[] {
  const { bridge, subnet, gateway } = frame
  return [
    `oifname "${bridge}" ip saddr ${LOOPBACK.v4} snat ip to ${gateway.v4}`,
    ...FAMILIES.flatMap((family) => {
      const header = HEADER[family]
      const snat = `snat ${header} to ${gateway[family]}`
      return [
        `oifname "${bridge}" ct status dnat ${header} saddr ${prefixText(subnet[family])} ${snat}`,
        `oifname "${bridge}" ${header} saddr . ${header} daddr @self_${family} ${snat}`,
      ]
    }),
    ...slowSources(frame),
    ...gateSources(frame),
    ...keptSources(frame),
    `iifname "${bridge}" oifname != "${bridge}" masquerade`,
  ]
}

function sourceSet({ tag, attachments }: Frame, family: Family): NftSet {
  const elements = attachments.flatMap((attachment) =>
    [attachment[NAMESPACE[family]], attachment[INSTANCE[family]]].map(
      (address) => `"${portName(tag, attachment.instanceId)}" . ${address}`,
    ),
  )
  return set(`sources_${family}`, `ifname . ${ADDRESS_TYPE[family]}`, elements)
}

/** At the port, where it is still known who speaks: an instance sends from its own addresses only, and nothing that hides them. */
function portChain(frame: Frame): NftChain {
  return {
    name: 'ports',
    hook: { type: 'filter', hook: 'prerouting', priority: -200 },
    rules: [
      `iifname != "${portPrefix(frame.tag)}*" accept`,
      // A tag of VLAN 0 hides what a frame carries from the rules below, and the machine takes it off and believes the frame.
      'ether type != { ip, arp, ip6 } drop',
      'ether type ip iifname . ip saddr != @sources_v4 drop',
      'ether type arp iifname . arp saddr ip != @sources_v4 drop',
      'ether type ip6 ip6 saddr != { ::, fe80::/10 } iifname . ip6 saddr != @sources_v6 drop',
      ADVERTISING_RULE,
      ...directRules(frame),
    ],
  }
}
