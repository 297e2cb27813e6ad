import type { ServiceEntry, Target } from '../network.ts'
import { canonicalAddress } from './addresses.ts'
import { NETWORK_LIMITS } from './constants.ts'
import { checkCounts } from './plan-frame.ts'

/** An agent hands over the same objects again and again; only those that changed are read anew. */
const known = new WeakMap<ServiceEntry, ServiceEntry>()

/** A service in canonical text: the same object for the same object. @throws OakError `bad-request` for text that is no address */
export function canonicalService(service: ServiceEntry): ServiceEntry {
  const before = known.get(service)
  if (before) return before
  const canonical = readService(service)
  known.set(service, canonical)
  return canonical
}

/** @param all how many there are, with those that were looked at before. @throws OakError `limit-exceeded` */
export function checkServices(services: readonly ServiceEntry[], all: number): void {
  let targets = 0
  for (const service of services) targets = Math.max(targets, service.targets.length)
  checkCounts([
    ['service addresses', all, NETWORK_LIMITS.services],
    ['targets of one service', targets, NETWORK_LIMITS.targets],
  ])
}

export function addressesOf({ v4, v6 }: ServiceEntry): readonly string[] {
  return [v4, v6].filter((address) => address !== undefined)
}

/** By their addresses, which are canonical. */
export function inOrder(services: readonly ServiceEntry[]): readonly ServiceEntry[] {
  return services.toSorted((a, b) => compare(a.v4 ?? '', b.v4 ?? '') || compare(a.v6 ?? '', b.v6 ?? ''))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function readService({ v4, v6, policy, choice, targets, kept }: ServiceEntry): ServiceEntry {
  const canonicalTarget = <Some extends Omit<Target, 'weight'>>(target: Some): Some => ({
    ...target,
    v4: canonicalAddress(target.v4, 'v4'),
    v6: canonicalAddress(target.v6, 'v6'),
  })
  return {
    ...(v4 !== undefined && { v4: canonicalAddress(v4, 'v4') }),
    ...(v6 !== undefined && { v6: canonicalAddress(v6, 'v6') }),
    policy,
    ...(choice && { choice }),
    targets: targets.map(canonicalTarget),
    ...(kept && { kept: kept.map(canonicalTarget) }),
  }
}
