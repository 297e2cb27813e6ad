import { addressFromBytes, bytesOfAddress, FAMILIES, type Family, parsePrefix } from '../plan/addresses.ts'
import { ROUTE_PROTOCOL } from '../plan/constants.ts'
import type { PolicyRule } from '../plan/kernel-config.ts'
import { renderRule } from '../plan/render.ts'
import { ADDRESS_FAMILY } from './addresses.ts'
import { attribute, decodeAttributes, type NetlinkMessage, readText, readU32, text, u8, u32 } from './netlink-message.ts'
import type { NetlinkSocket } from './netlink-socket.ts'

const RTM_NEWRULE = 32
const RTM_DELRULE = 33
const RTM_GETRULE = 34
const NLM_F_EXCL_CREATE = 0x600
const RULE_HEADER_BYTES = 12
const FRA = { to: 1, iif: 3, priority: 6, suppressPrefixLength: 14, table: 15, protocol: 21 } as const
const ACTION = { lookup: 1, unreachable: 7 } as const
const NOT_SUPPRESSED = 0xffffffff

/** The rules that carry our mark, of all nodes on the machine. */
export function listRules(socket: NetlinkSocket): readonly PolicyRule[] {
  return FAMILIES.flatMap((family) => {
    const header = Buffer.alloc(RULE_HEADER_BYTES)
    header[0] = ADDRESS_FAMILY[family]
    return socket.dump('cannot list routing rules', RTM_GETRULE, header).flatMap((message) => decodeRule(family, message))
  })
}

export function addRule(socket: NetlinkSocket, rule: PolicyRule): void {
  socket.request(`cannot add the rule ${renderRule(rule)}`, RTM_NEWRULE, NLM_F_EXCL_CREATE, ruleBody(rule))
}

/** @throws KernelError ENOENT when there is no such rule */
export function removeRule(socket: NetlinkSocket, rule: PolicyRule): void {
  socket.request(`cannot remove the rule ${renderRule(rule)}`, RTM_DELRULE, 0, ruleBody(rule))
}

function ruleBody({ family, priority, iif, to, action }: PolicyRule): Buffer {
  const prefix = to === undefined ? undefined : parsePrefix(to, family)
  const header = Buffer.alloc(RULE_HEADER_BYTES)
  header[0] = ADDRESS_FAMILY[family]
  header[1] = prefix?.length ?? 0
  header[7] = action === 'unreachable' ? ACTION.unreachable : ACTION.lookup
  return Buffer.concat([
    header,
    attribute(FRA.priority, u32(priority)),
    attribute(FRA.protocol, u8(ROUTE_PROTOCOL)),
    ...(prefix ? [attribute(FRA.to, bytesOfAddress(prefix.address))] : []),
    ...(iif === undefined ? [] : [attribute(FRA.iif, text(iif))]),
    ...(action === 'unreachable' ? [] : [attribute(FRA.table, u32(action.lookup))]),
    ...(action !== 'unreachable' && action.withoutDefault ? [attribute(FRA.suppressPrefixLength, u32(0))] : []),
  ])
}

function decodeRule(family: Family, { body }: NetlinkMessage): readonly PolicyRule[] {
  const attributes = decodeAttributes(body, RULE_HEADER_BYTES)
  if (attributes.get(FRA.protocol)?.[0] !== ROUTE_PROTOCOL) return []
  const to = attributes.get(FRA.to)
  const iif = attributes.get(FRA.iif)
  const isSuppressing = (readU32(attributes.get(FRA.suppressPrefixLength)) ?? NOT_SUPPRESSED) !== NOT_SUPPRESSED
  const lookup = { lookup: readU32(attributes.get(FRA.table)) ?? body[4] ?? 0, ...(isSuppressing && { withoutDefault: true }) }
  const rule: PolicyRule = {
    family,
    priority: readU32(attributes.get(FRA.priority)) ?? 0,
    ...(iif && { iif: readText(iif) }),
    ...(to && { to: `${addressFromBytes(to)}/${body[1]}` }),
    action: body[7] === ACTION.unreachable ? 'unreachable' : lookup,
  }
  return [rule]
}
