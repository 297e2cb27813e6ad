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

/** What one view leads to. */
interface PlannedAddress {
  /** Service and policy. */
  readonly key: string
  readonly entry: ServiceEntry
  readonly preference: Preference | undefined
}

/** Plans of the last time, by view. */
export type KnownPlans = WeakMap<ServiceView, readonly PlannedAddress[]>

export interface Claims {
  /** Addresses that mean something else; a service does not get them. */
  readonly taken: ReadonlySet<string>
  readonly before: Preferences
  /** True when round trips were measured since the last time. */
  readonly isRound: boolean
}

/**
 * What the kernel shall do with connections to each service address. Pure.
 * @param known what was given for a view is given again, for as long as nothing new was measured
 */
export function planServices(
  views: readonly ServiceView[],
  { taken, before, isRound }: Claims,
  known: KnownPlans = new WeakMap(),
): PlannedServices {
  const used = new Set(taken)
  const preferences = new Map<string, Preference>()
  const entries: ServiceEntry[] = []
  for (const view of views) {
    const planned = (isRound ? undefined : known.get(view)) ?? view.addresses.map((address) => planAddress(view, address, before, isRound))
    known.set(view, planned)
    for (const { key, entry, preference } of planned) {
      const own = claim(entry, used)
      if (own) entries.push(own)
      if (own && preference) preferences.set(key, preference)
    }
  }
  return { entries, preferences }
}

/** One address has one meaning: the first who claims it has it. */
function claim(entry: ServiceEntry, used: Set<string>): ServiceEntry | undefined {
  const { v4, v6, ...rest } = entry
  const lacks4 = v4 === undefined || used.has(v4)
  const lacks6 = v6 === undefined || used.has(v6)
  if (lacks4 && lacks6) return undefined
  if (!lacks4) used.add(v4)
  if (!lacks6) used.add(v6)
  const isWhole = lacks4 === (v4 === undefined) && lacks6 === (v6 === undefined)
  return isWhole ? entry : { ...rest, ...(!lacks4 && { v4 }), ...(!lacks6 && { v6 }) }
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
