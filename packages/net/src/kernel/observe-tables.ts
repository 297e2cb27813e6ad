import { OakError } from '@oakestra/base'
import type { HeardFrom } from '../network.ts'
import { FAMILIES } from '../plan/addresses.ts'
import type { NftSet } from '../plan/kernel-config.ts'
import type { NftChainState, NftTableState } from '../plan/kernel-state.ts'
import { tableName } from '../plan/names.ts'
import { heardSetName, readHeard } from '../plan/plan-heard.ts'
import type { Nft } from './nft.ts'

/** One entry of nft's JSON list (libnftables-json(5)), as far as it is read here. */
interface Listed {
  readonly family?: string
  readonly table?: string
  readonly chain?: string
  readonly name?: string
  readonly type?: unknown
  readonly map?: unknown
  readonly elem?: readonly unknown[]
  readonly hook?: string
  readonly prio?: number
  readonly comment?: string
}

type Listing = readonly Readonly<Record<string, Listed | undefined>>[]

/** This node's tables as the kernel has them. */
export function observeTables(nft: Nft, tag: string): readonly NftTableState[] {
  const name = tableName(tag)
  return list(nft, 'list tables')
    .flatMap(({ table }) => (table?.name === name ? [table.family] : []))
    .flatMap((family) => (family === 'inet' || family === 'bridge' ? [observeTable(nft, family, name)] : []))
}

/** The translating tables of the other nodes on the machine. */
export function observeOtherNodes(nft: Nft, tag: string): readonly { readonly tag: string; readonly table: NftTableState }[] {
  return list(nft, 'list tables').flatMap(({ table }) => {
    const other = /^oak_([0-9a-f]{5})$/.exec(table?.name ?? '')?.[1]
    if (other === undefined || other === tag || table?.family !== 'inet') return []
    return [{ tag: other, table: observeTable(nft, 'inet', tableName(other)) }]
  })
}

/** From where probes came. Without this node's table: from nowhere. */
export function observeHeard(nft: Nft, tag: string): readonly HeardFrom[] {
  return FAMILIES.flatMap((family) => elementsIn(nft, `inet ${tableName(tag)} ${heardSetName(family)}`)).flatMap(
    (element) => readHeard(element) ?? [],
  )
}

function elementsIn(nft: Nft, set: string): readonly string[] {
  try {
    return list(nft, `list set ${set}`).flatMap((entry) => (entry['set'] ? elementsOf(entry['set']) : []))
  } catch (thrown) {
    if (thrown instanceof OakError && thrown.message.includes('No such file')) return []
    throw thrown
  }
}

function list(nft: Nft, command: string): Listing {
  return (JSON.parse(nft.run(command)) as { readonly nftables: Listing }).nftables
}

function observeTable(nft: Nft, family: 'inet' | 'bridge', name: string): NftTableState {
  const entries = list(nft, `list table ${family} ${name}`)
  const digests = new Map<string, string[]>()
  for (const { rule } of entries) {
    if (!rule?.chain) continue
    digests.set(rule.chain, [...(digests.get(rule.chain) ?? []), rule.comment ?? ''])
  }
  return {
    family,
    name,
    sets: entries.flatMap(({ set, map }) => [...(set ? [setOf('set', set)] : []), ...(map ? [setOf('map', map)] : [])]),
    chains: entries.flatMap(({ chain }) => (chain ? [chainOf(chain, digests)] : [])),
  }
}

function setOf(kind: 'set' | 'map', listed: Listed): NftSet {
  const key = Array.isArray(listed.type) ? listed.type.join(' . ') : String(listed.type)
  const value = Array.isArray(listed.map) ? listed.map.join(' . ') : String(listed.map)
  return { kind, name: listed.name ?? '', type: kind === 'map' ? `${key} : ${value}` : key, elements: elementsOf(listed) }
}

function elementsOf({ elem = [], map, type }: Listed): readonly string[] {
  const isFirstLinkName = (Array.isArray(type) ? type[0] : type) === 'ifname'
  return elem.map((element) =>
    map !== undefined && Array.isArray(element)
      ? element.map((part) => elementText(part)).join(' : ')
      : elementText(element, isFirstLinkName),
  )
}

/** nft's own notation for an element of its JSON. */
function elementText(element: unknown, isFirstLinkName = false): string {
  if (typeof element !== 'object' || element === null) return isFirstLinkName ? `"${element}"` : String(element)
  if ('elem' in element) return elementText((element.elem as { readonly val: unknown }).val, isFirstLinkName)
  if ('concat' in element && Array.isArray(element.concat)) {
    return element.concat.map((part, at) => (isFirstLinkName && at === 0 ? `"${part}"` : String(part))).join(' . ')
  }
  if ('goto' in element) return `goto ${(element.goto as { target?: string }).target}`
  return JSON.stringify(element)
}

function chainOf({ name = '', type, hook, prio }: Listed, digests: ReadonlyMap<string, readonly string[]>): NftChainState {
  return {
    name,
    ...(hook !== undefined && { hook: { type: String(type), hook, priority: prio ?? 0 } }),
    digests: digests.get(name) ?? [],
  }
}
