import { FAMILIES, type Family, prefixText } from './addresses.ts'
import { OVERLAY, RULE_PRIORITY } from './constants.ts'
import { ADDRESS_TYPE, HEADER, INSTANCE, SEMANTIC_RANGE, set } from './family-words.ts'
import type { NftSet, PolicyRule } from './kernel-config.ts'
import { deniedSet, routingTable, slowName, slowTable } from './names.ts'
import { type Frame, type PlanContext, perFrame } from './plan-context.ts'

/*
 * Packets to service and instance addresses that no node of this machine knows go to user space, where they wait until
 * somebody knows, and enter again (`reference/network.md` 10.6). They must not be tracked on their first way: the connection
 * would be remembered as one that nobody translates.
 */

/** How long an address that nobody knows is refused without asking again. */
const DENIED_SECONDS = 2

/**
 * From instances and from the machine itself to the slow path, after all that is known. What enters again from there is
 * looked up like a packet of an instance, and refused instead of going round.
 */
export function slowPathRules({ asksForUnknown, bridge, tag }: Frame, family: Family): readonly PolicyRule[] {
  if (!asksForUnknown) return []
  const slow = slowName(tag)
  const ways = [bridge, 'lo'].map(
    (iif): PolicyRule => ({
      family,
      priority: RULE_PRIORITY.slowPath,
      iif,
      to: SEMANTIC_RANGE[family],
      action: { lookup: slowTable(tag) },
    }),
  )
  return [
    ...ways,
    { family, priority: RULE_PRIORITY.fromInstances, iif: slow, action: { lookup: routingTable(tag) } },
    { family, priority: RULE_PRIORITY.refuse, iif: slow, to: OVERLAY[family], action: 'unreachable' },
  ]
}

/** Both are there without a slow path too, for a table whose sets change is replaced as a whole. */
export function knownSets(context: PlanContext, family: Family): readonly NftSet[] {
  const type = ADDRESS_TYPE[family]
  const known = context.frame.asksForUnknown ? knownAddresses(context, family) : []
  return [set(`known_${family}`, type, known), { ...set(deniedSet(family), type, []), timeoutSeconds: DENIED_SECONDS }]
}

function knownAddresses({ frame, parts }: PlanContext, family: Family): readonly string[] {
  return [...parts[family].map(({ address }) => address), ...knownInstances(frame)[family]]
}

const knownInstances = perFrame(({ attachments, peers }) => {
  const ofFamily = (family: Family) => [
    ...attachments.map((attachment) => attachment[INSTANCE[family]]),
    ...peers.flatMap(({ instances }) => instances[family]),
  ]
  return { v4: ofFamily('v4'), v6: ofFamily('v6') }
})

export function untrackedArrivals({ asksForUnknown, bridge }: Frame): readonly string[] {
  return asksForUnknown ? FAMILIES.map((family) => `iifname "${bridge}" ${isUnknown(family)} notrack`) : []
}

export function untrackedDepartures({ asksForUnknown, tag }: Frame): readonly string[] {
  return asksForUnknown ? FAMILIES.map((family) => `oifname "${slowName(tag)}" ${isUnknown(family)} notrack`) : []
}

function isUnknown(family: Family): string {
  return `${HEADER[family]} daddr ${SEMANTIC_RANGE[family]} ${HEADER[family]} daddr != @known_${family}`
}

/** Refuses what was asked for in vain a moment ago, and lets in what user space puts back. */
export function slowForwarding({ asksForUnknown, bridge, tag }: Frame): readonly string[] {
  if (!asksForUnknown) return []
  const slow = slowName(tag)
  return [
    ...slowRefusals({ asksForUnknown, tag }),
    ...FAMILIES.map((family) => `iifname "${slow}" ${HEADER[family]} daddr @empty_${family} goto refuse`),
    `iifname "${slow}" oifname "${bridge}" accept`,
  ]
}

export function slowRefusals({ asksForUnknown, tag }: Pick<Frame, 'asksForUnknown' | 'tag'>): readonly string[] {
  if (!asksForUnknown) return []
  return FAMILIES.map((family) => `oifname "${slowName(tag)}" ${HEADER[family]} daddr @${deniedSet(family)} goto refuse`)
}

/** What the machine itself sent had to take any address of it as source: nothing said yet which one the overlay knows. */
export function slowSources({ asksForUnknown, tag, subnet, gateway }: Frame): readonly string[] {
  if (!asksForUnknown) return []
  return FAMILIES.map((family) => {
    const source = `${HEADER[family]} saddr`
    const foreign = `${source} != ${SEMANTIC_RANGE[family]} ${source} != ${prefixText(subnet[family])}`
    return `iifname "${slowName(tag)}" ${foreign} snat ${HEADER[family]} to ${gateway[family]}`
  })
}
