import type { Clock, Logger } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import { isReady } from '@oakestra/model'
import type { Store } from '@oakestra/store'
import type { ClusterReports } from '../reports/cluster-reports.ts'
import type { Capacity, Draft } from './capacity.ts'
import { type Chooser, type ChooserDeps, candidatesFor, requestOf } from './choose-node.ts'
import type { Placed, PlacementActs, Wanted } from './placement-acts.ts'
import { type Decision, planPlacement, type Situation } from './plan-placement.ts'
import { describeNonsense, readSituation, type SituationDeps } from './situation.ts'

// Decision 10: a node forgets the failures of what ran this long; so does the cluster.
const WELL_MS = 60_000

export interface PlacementReconcilerDeps extends SituationDeps, ChooserDeps {
  readonly store: Store
  readonly capacity: Capacity
  readonly acts: PlacementActs
  readonly reports: ClusterReports
  /** Somebody outside who is asked first. */
  readonly chooser?: Chooser
  /** Told after each run. */
  readonly onVisited: (instanceId: string) => void
  readonly clock: Clock
  readonly logger: Logger
}

/** Gives each wanted instance a node, a better one when it needs it, and each unwanted one its way out. */
export class PlacementReconciler implements Reconciler {
  readonly #deps: PlacementReconcilerDeps
  /** Instances that failed before and run well now: since when. */
  readonly #wellSinceMs = new Map<string, number>()

  constructor(deps: PlacementReconcilerDeps) {
    this.#deps = deps
  }

  keys(): Promise<readonly string[]> {
    return this.#deps.reports.ids()
  }

  async reconcile(id: string, signal: AbortSignal): Promise<Outcome> {
    try {
      const preferredId = await this.#advice(id, signal)
      // The decision, its promise of resources and the node's document are one transaction.
      return await this.#deps.capacity.transact((draft) => this.#decide(draft, id, preferredId))
    } finally {
      this.#deps.onVisited(id)
    }
  }

  async #decide(draft: Draft, id: string, preferredId: string | undefined): Promise<Outcome> {
    const situation = await this.#situation(draft, id)
    const { acts } = this.#deps
    const decision = planPlacement(situation)
    if (isPlacedAndWanted(situation)) return this.#move(draft, situation, decision, preferredId)
    this.#wellSinceMs.delete(id)
    if (isWanted(situation) && decision.do === 'find-place') return acts.findPlace(draft, situation, preferredId)
    if (isPlaced(situation) && decision.do === 'order-end') return acts.orderEnd(draft, situation)
    if (isPlaced(situation) && decision.do === 'forget') return acts.forget(draft, situation)
    acts.forgetNotes(id)
    return { state: 'settled' }
  }

  async #move(draft: Draft, situation: Wanted & Placed, decision: Decision, preferredId: string | undefined): Promise<Outcome> {
    const { acts } = this.#deps
    switch (decision.do) {
      case 'replace':
        return acts.replace(draft, situation, decision.reason, preferredId)
      case 'leave':
        return acts.leave(draft, situation, decision.cause, decision.reason, preferredId)
      case 'arrive':
        return acts.arrive(draft, situation)
      case 'give-up-moving':
        return acts.giveUpMoving(draft, situation)
      case 'await-departure':
        return acts.awaitDeparture(situation)
      case 'keep':
        return soonest(await acts.keep(draft, situation), await this.#watchRecovery(draft, situation))
      default:
        return { state: 'settled' }
    }
  }

  /** What root says and cannot be understood changes nothing, and is said so; it is looked at again when root says something else. */
  async #situation({ writer }: Draft, id: string): Promise<Situation> {
    try {
      return await readSituation(writer, this.#deps, id)
    } catch (thrown) {
      this.#deps.reports.note(id, { remark: describeNonsense(thrown) })
      throw thrown
    }
  }

  /** Forgives an instance its failures once it has run well for a while. */
  async #watchRecovery(draft: Draft, { report, journey }: Situation): Promise<Outcome> {
    const { instanceId, inVain, exhausted } = journey
    const isWell = report !== undefined && isReady(report) && (report.strikes ?? 0) === 0
    if (!isWell || (inVain.length === 0 && !exhausted)) {
      this.#wellSinceMs.delete(instanceId)
      return { state: 'settled' }
    }
    const nowMs = this.#deps.clock.monotonicMs()
    const sinceMs = this.#wellSinceMs.get(instanceId) ?? nowMs
    this.#wellSinceMs.set(instanceId, sinceMs)
    if (nowMs - sinceMs < WELL_MS) return { state: 'waiting', on: 'it to run well for a while', recheckMs: sinceMs + WELL_MS - nowMs }
    this.#wellSinceMs.delete(instanceId)
    await this.#deps.acts.forgive(draft, journey)
    return { state: 'settled' }
  }

  /** Asks outside of any section: others must not wait for somebody else's answer. It is a wish; what does not fit is not taken. */
  async #advice(id: string, signal: AbortSignal): Promise<string | undefined> {
    const { chooser, store, policy, logger } = this.#deps
    if (!chooser) return undefined
    const situation = await store.read((reader) => readSituation(reader, this.#deps, id)).catch(() => undefined)
    const wanted = situation?.wanted
    if (!wanted || !ASKS_FOR_A_PLACE.has(planPlacement(situation).do)) return undefined
    const answer = await chooser(requestOf(this.#deps, wanted), candidatesFor(this.#deps, wanted), policy, signal)
    if (answer.ok) return answer.candidateId
    logger.warn('the external scheduler gave no answer, so the built-in one decides', { instance: id, warning: answer.warning })
    return undefined
  }
}

const ASKS_FOR_A_PLACE: ReadonlySet<Decision['do']> = new Set(['find-place', 'replace', 'leave'])

function isWanted(situation: Situation): situation is Wanted {
  return situation.wanted !== undefined
}

function isPlaced(situation: Situation): situation is Placed {
  return situation.placement !== undefined
}

function isPlacedAndWanted(situation: Situation): situation is Wanted & Placed {
  return isWanted(situation) && isPlaced(situation)
}

function soonest(first: Outcome, second: Outcome): Outcome {
  if (first.state === 'settled') return second
  return second.state === 'waiting' && second.recheckMs < first.recheckMs ? second : first
}
