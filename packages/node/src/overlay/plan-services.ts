import type { ServiceAddress } from '@oakestra/model'
import type { ServiceEntry, Target } from '@oakestra/net'
import { POLICIES } from './policies/index.ts'
import type { Candidate, Policy } from './policies/policy.ts'
import { type Preference, preferNodes } from './preference.ts'
import type { ServiceView } from './service-views.ts'

// The kernel takes no more targets of one service (`packages/net`, NETWORK_LIMITS); turns over a thousand are as good as over all.
const TARGETS_MAX = 1_000

/** Preferences by service and policy. */
export type Preferences = ReadonlyMap<string, Preference>

export interface PlannedServices {
  readonly entries: readonly ServiceEntry[]
  readonly preferences: Preferences
}

/** What one address of a service leads to. */
export interface PlannedAddress {
  /** Service and policy. */
  readonly key: string
  readonly entry: ServiceEntry
  readonly preference: Preference | undefined
}

/** What one service is to have, if nobody else claims its addresses. Pure. */
export function planView(view: ServiceView, before: Preferences, isRound: boolean): readonly PlannedAddress[] {
  return view.addresses.map((address) => planAddress(view, address, before, isRound))
}

/** One address has one meaning: the first who claims it has it. Pure. */
export function settleClaims(planned: readonly PlannedAddress[], taken: ReadonlySet<string>): PlannedServices {
  const used = new Set(taken)
  const own = planned.flatMap((each) => {
    const entry = claim(each.entry, used)
    return entry ? [{ ...each, entry }] : []
  })
  return withoutClaims(own)
}

/** The same where nobody claims what another has. */
export function withoutClaims(planned: readonly PlannedAddress[]): PlannedServices {
  const preferences = new Map<string, Preference>()
  const entries: ServiceEntry[] = []
  for (const { key, entry, preference } of planned) {
    entries.push(entry)
    if (preference) preferences.set(key, preference)
  }
  return { entries, preferences }
}

function claim(entry: ServiceEntry, used: Set<string>): ServiceEntry | undefined {
  const { v4, v6 } = entry
  const lacks4 = v4 === undefined || used.has(v4)
  const lacks6 = v6 === undefined || used.has(v6)
  if (lacks4 && lacks6) return undefined
  if (!lacks4) used.add(v4)
  if (!lacks6) used.add(v6)
  const isWhole = lacks4 === (v4 === undefined) && lacks6 === (v6 === undefined)
  return isWhole ? entry : partOf(entry, lacks4 ? 'v6' : 'v4')
}

/** The same object for the same entry: the network reads objects that it knows no second time. */
const knownParts = new WeakMap<ServiceEntry, Map<'v4' | 'v6', ServiceEntry>>()

function partOf(entry: ServiceEntry, family: 'v4' | 'v6'): ServiceEntry {
  const known = knownParts.get(entry) ?? new Map<'v4' | 'v6', ServiceEntry>()
  const { v4: _v4, v6: _v6, ...rest } = entry
  const part = known.get(family) ?? { ...rest, [family]: entry[family] }
  knownParts.set(entry, known.set(family, part))
  return part
}

function planAddress(view: ServiceView, { policy: name, v4, v6 }: ServiceAddress, before: Preferences, isRound: boolean): PlannedAddress {
  const { serviceId, candidates, others } = view
  const policy = POLICIES[name]
  const key = `${serviceId} ${name}`
  const preference = preferenceFor(policy, candidates, before.get(key), isRound)
  const near = preference ? candidates.filter(({ nodeId }) => preference.nodes.has(nodeId)) : candidates
  const address = { ...(v4 !== undefined && { v4 }), ...(v6 !== undefined && { v6 }) }
  return { key, entry: entryOf(name, address, policy, near, [...candidates, ...others]), preference }
}

function preferenceFor(
  { cost }: Policy,
  candidates: readonly Candidate[],
  before: Preference | undefined,
  isRound: boolean,
): Preference | undefined {
  if (!cost || candidates.length === 0) return undefined
  const costs = new Map<string, number>()
  for (const candidate of candidates) {
    costs.set(candidate.nodeId, Math.min(costs.get(candidate.nodeId) ?? Number.POSITIVE_INFINITY, cost(candidate)))
  }
  return preferNodes(costs, before, isRound)
}

function entryOf(
  policy: string,
  address: Pick<ServiceAddress, 'v4' | 'v6'>,
  { pick }: Policy,
  candidates: readonly Candidate[],
  alive: readonly Candidate[],
): ServiceEntry {
  const { choice, targets } = candidates.length > 0 ? pick(candidates.slice(0, TARGETS_MAX)) : { targets: [] }
  const chosen = new Set(targets.map(({ v4 }) => v4))
  // Whoever is alive keeps the connections it has: policies change their minds more often than instances end.
  const kept = alive.filter(({ v4 }) => !chosen.has(v4)).map(({ v4, v6 }): Target => ({ v4, v6 }))
  return { ...address, policy, ...(choice && { choice }), targets, ...(kept.length > 0 && { kept }) }
}
