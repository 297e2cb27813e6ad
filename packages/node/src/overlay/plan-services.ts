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

/**
 * What the kernel shall do with connections to each service address. Pure.
 * @param taken addresses that mean something else; a service does not get them
 * @param isRound true when round trips were measured since the last time
 */
export function planServices(
  views: readonly ServiceView[],
  { taken, before, isRound }: { readonly taken: ReadonlySet<string>; readonly before: Preferences; readonly isRound: boolean },
): PlannedServices {
  const used = new Set(taken)
  const preferences = new Map<string, Preference>()
  const entries = views.flatMap((view) =>
    view.addresses.flatMap((address) => {
      const own = claim(address, used)
      if (!own) return []
      const policy = POLICIES[address.policy]
      const key = `${view.serviceId} ${address.policy}`
      const preference = preferenceFor(policy, view.candidates, before.get(key), isRound)
      if (preference) preferences.set(key, preference)
      const near = preference ? view.candidates.filter(({ nodeId }) => preference.nodes.has(nodeId)) : view.candidates
      return [entryOf(address.policy, own, policy, near, [...view.candidates, ...view.others])]
    }),
  )
  return { entries, preferences }
}

/** One address has one meaning: the first who claims it has it. */
function claim({ v4, v6 }: ServiceAddress, used: Set<string>): Pick<ServiceAddress, 'v4' | 'v6'> | undefined {
  const free = [v4, v6].filter((address): address is string => address !== undefined && !used.has(address))
  for (const address of free) used.add(address)
  if (free.length === 0) return undefined
  return { ...(v4 && free.includes(v4) && { v4 }), ...(v6 && free.includes(v6) && { v6 }) }
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
