import type { ServiceTable } from '@oakestra/model'
import type { NetworkMember } from '../network-view.ts'
import { addressesOf, ClaimedAddresses } from './claimed-addresses.ts'
import { type PlannedAddress, type PlannedServices, type Preferences, planView, settleClaims, withoutClaims } from './plan-services.ts'
import { sameWhereAlike } from './same-entry.ts'
import { type Surroundings, serviceView } from './service-views.ts'

export interface ServiceSituation {
  readonly surroundings: Surroundings
  readonly members: readonly NetworkMember[]
  readonly tables: readonly ServiceTable[]
  /** Addresses that mean something else; a service does not get them. */
  readonly taken: ReadonlySet<string>
  /** As they are. */
  readonly preferences: Preferences
  /** True when round trips were measured since the last time. */
  readonly isRound: boolean
  /** Another than the last time: peers do otherwise than they did then. */
  readonly standingVersion: number
  /** Instances (IPv4) that another node is behind than the last time, or none now, or none then. `all` when nobody remembers. */
  readonly moved: ReadonlySet<string> | 'all'
}

/** A service that nothing of is here, and what its table leads to. */
interface FarService {
  readonly table: ServiceTable
  readonly planned: readonly PlannedAddress[]
}

/** What the services of the last time were, and what of the next is to be planned anew. */
interface Progress {
  readonly far: readonly FarService[]
  readonly came: readonly FarService[]
  readonly went: readonly FarService[]
  /** Of services that have instances here. */
  readonly tableOf: ReadonlyMap<string, ServiceTable>
}

type MembersByService = ReadonlyMap<string, readonly NetworkMember[]>

/**
 * Every service that has a table here or an instance of its own; those of own instances first. Most of ten thousand tables stay as they
 * are from plan to plan: what was planned for them is found again by walking both lists side by side.
 * What comes out does not depend on what was planned before.
 */
export class ServicePlans {
  #far: readonly FarService[] = []
  #near: readonly PlannedAddress[] = []
  readonly #claimed = new ClaimedAddresses()
  #standingVersion = Number.NaN
  #planned: PlannedServices = { entries: [], preferences: new Map() }
  /** True when nobody claimed what another has. */
  #wasClear = true

  plan(situation: ServiceSituation): PlannedServices {
    const own = byService(situation.members)
    const progress = this.#walk(situation, own)
    const near = sameWhereAlike(this.#near, nearServices(situation, own, progress.tableOf))
    const hasChanged = progress.came.length + progress.went.length > 0 || near !== this.#near
    for (const { planned } of progress.went) this.#claimed.remove(planned)
    for (const { planned } of progress.came) this.#claimed.add(planned)
    this.#far = progress.far
    this.#near = near
    this.#standingVersion = situation.standingVersion
    const isClear = this.#isClear(situation.taken)
    if (hasChanged || !isClear || !this.#wasClear) {
      const all = [...near]
      for (const { planned } of progress.far) all.push(...planned)
      this.#planned = isClear ? withoutClaims(all) : settleClaims(all, situation.taken)
    }
    this.#wasClear = isClear
    return this.#planned
  }

  /** Both lists are in the order of ids, most times; where they are not, more is planned anew. */
  #walk(situation: ServiceSituation, own: MembersByService): Progress {
    const isForgotten = situation.isRound || situation.standingVersion !== this.#standingVersion
    const last = this.#far
    const [far, came, went]: [FarService[], FarService[], FarService[]] = [[], [], []]
    const tableOf = new Map<string, ServiceTable>()
    let at = 0
    for (const table of situation.tables) {
      if (own.has(table.serviceId)) {
        tableOf.set(table.serviceId, table)
        continue
      }
      for (let passed = last[at]; passed && passed.table.serviceId < table.serviceId; passed = last[at]) {
        went.push(passed)
        at += 1
      }
      const before = last[at]?.table.serviceId === table.serviceId ? last[at] : undefined
      if (before) at += 1
      const isKept = before?.table === table && !isForgotten && !hasMoved(table, situation)
      const now = isKept ? before : planFar(situation, table, before)
      far.push(now)
      if (before?.planned === now.planned) continue
      came.push(now)
      if (before) went.push(before)
    }
    return { far, came, went: [...went, ...last.slice(at)], tableOf }
  }

  #isClear(taken: ReadonlySet<string>): boolean {
    const near = addressesOf(this.#near)
    return (
      !this.#claimed.isContested &&
      new Set(near).size === near.length &&
      !near.some((address) => taken.has(address) || this.#claimed.has(address)) &&
      ![...taken].some((address) => this.#claimed.has(address))
    )
  }
}

function byService(members: readonly NetworkMember[]): MembersByService {
  const own = new Map<string, NetworkMember[]>()
  for (const member of members) {
    const { serviceId } = member.local.spec
    own.set(serviceId, [...(own.get(serviceId) ?? []), member])
  }
  return own
}

function nearServices(
  { surroundings, preferences, isRound }: ServiceSituation,
  own: MembersByService,
  tableOf: Progress['tableOf'],
): readonly PlannedAddress[] {
  return [...own].flatMap(([serviceId, mine]) =>
    planView(serviceView(surroundings, serviceId, tableOf.get(serviceId), mine), preferences, isRound),
  )
}

function planFar(
  { surroundings, preferences, isRound }: ServiceSituation,
  table: ServiceTable,
  before: FarService | undefined,
): FarService {
  const planned = planView(serviceView(surroundings, table.serviceId, table, []), preferences, isRound)
  return { table, planned: before ? sameWhereAlike(before.planned, planned) : planned }
}

function hasMoved({ serviceId, instances }: ServiceTable, { moved, surroundings }: ServiceSituation): boolean {
  if (moved === 'all') return true
  if (moved.size === 0) return false
  return [...instances, ...(surroundings.endingOf?.(serviceId) ?? [])].some(({ v4 }) => moved.has(v4))
}
