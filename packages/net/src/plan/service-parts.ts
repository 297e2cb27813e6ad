import type { ServiceEntry } from '../network.ts'
import type { Family } from './addresses.ts'
import { chooser, slotsOf } from './choice.ts'
import { HEADER } from './family-words.ts'
import type { NftChain } from './kernel-config.ts'
import { serviceChain } from './names.ts'

/** What stands in a node's tables and policies for one address of a service. */
export interface ServiceParts {
  readonly address: string
  /** Elements of the map that leads from addresses to chains. */
  readonly dispatch: readonly string[]
  /** Elements of the map of all targets, by address and slot. */
  readonly slots: readonly string[]
  /** A chain of its own, when there is a choice between targets. */
  readonly chains: readonly NftChain[]
  /** Address and, beside the targets, those that connections may still lead to. */
  readonly flow: readonly [address: string, targets: readonly string[]]
  readonly isEmpty: boolean
}

type PartsByFamily = Readonly<Record<Family, ServiceParts | undefined>>

/** A node knows ten thousand services and plans anew for each change of one: the parts of the others are the same objects as before. */
const known = new WeakMap<ServiceEntry, PartsByFamily>()

/** @param services in canonical text, and for one that is as before the object that it was before */
export function partsOf(services: readonly ServiceEntry[]): Readonly<Record<Family, readonly ServiceParts[]>> {
  const parts = services.map(partsOfService)
  return { v4: parts.flatMap(({ v4 }) => v4 ?? []), v6: parts.flatMap(({ v6 }) => v6 ?? []) }
}

/** By family, for those of which the service has an address. @param service in canonical text */
export function partsOfService(service: ServiceEntry): PartsByFamily {
  const before = known.get(service)
  if (before) return before
  const parts = { v4: makeParts(service, 'v4'), v6: makeParts(service, 'v6') }
  known.set(service, parts)
  return parts
}

/** Most services have one target: they need no counter of their own. */
export function soleTargetChain(family: Family): NftChain {
  return { name: soleTargetName(family), rules: [translation(family, 'numgen inc mod 1')] }
}

function makeParts(service: ServiceEntry, family: Family): ServiceParts | undefined {
  const address = service[family]
  if (address === undefined) return undefined
  const { targets, kept = [] } = service
  const isEmpty = targets.length === 0
  const hasChoice = targets.length > 1
  const chain = hasChoice ? serviceChain(address) : soleTargetName(family)
  return {
    address,
    dispatch: isEmpty ? [] : [`${address} : goto ${chain}`],
    slots: slotsOf(service).map((target, slot) => `${address} . ${slot} : ${target[family]}`),
    // One rule per service address, so that each has its own counter of turns (`reference/network.md` 10.5).
    chains: hasChoice ? [{ name: chain, rules: [translation(family, chooser(service, family))] }] : [],
    flow: [address, [...targets, ...kept].map((target) => target[family])],
    isEmpty,
  }
}

function soleTargetName(family: Family): string {
  return `to_one_${family}`
}

function translation(family: Family, choose: string): string {
  const header = HEADER[family]
  return `dnat ${header} to ${header} daddr . ${choose} map @slots_${family}`
}
