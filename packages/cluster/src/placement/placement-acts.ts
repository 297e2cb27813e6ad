import type { Clock, Logger } from '@oakestra/base'
import type { Outcome } from '@oakestra/controller'
import { hasEndedForGood, type InstanceSpec, isReady, type Rejection } from '@oakestra/model'
import type { Liveness, Outbox } from '@oakestra/session'
import { localRestarts, withLocalRestarts } from '../local/restart-counts.ts'
import type { ClusterReports } from '../reports/cluster-reports.ts'
import type { InstanceNote } from '../reports/observed-for-root.ts'
import { type DepartureCause, type Journey, journeys, nodeReports, type Placement } from '../state.ts'
import type { Draft } from './capacity.ts'
import { type ChooserDeps, chooseNode, fitsOn, type Wish } from './choose-node.ts'
import type { Departures } from './departures.ts'
import { PLACES_IN_VAIN_MAX, type Situation, type Standing, strikesAllowed } from './plan-placement.ts'
import { kindOf, type Refusals } from './refusals.ts'
import { selfEndsAfterMs } from './situation.ts'
import { movesOf, termForNode } from './term.ts'
import { claim } from './unclaimed.ts'

// What is refused is tried again when room grew, what waits for others when they arrived; this is for what was missed.
const RECHECK_MS = 300_000
const TURN_RECHECK_MS = 10_000

const SETTLED: Outcome = { state: 'settled' }

export interface ActDeps extends ChooserDeps {
  readonly outbox: Outbox
  readonly liveness: Pick<Liveness, 'presence'>
  readonly reports: ClusterReports
  readonly refusals: Refusals
  readonly departures: Departures
  readonly clock: Clock
  readonly logger: Logger
}

/** An instance that is wanted, and all that is known of it. */
export type Wanted = Situation & { readonly wanted: InstanceSpec }
/** One that has a node, too. */
export type Placed = Situation & { readonly placement: Placement }

interface Refused {
  readonly ok: false
  readonly rejection: Rejection
  /** Whoever asks for the same is refused the same. */
  readonly kind: string
}

type Choice = { readonly ok: true; readonly candidateId: string } | Refused

/** What can be done about one instance, each within one section of the store. Decides nothing about whether. */
export class PlacementActs {
  readonly #deps: ActDeps

  constructor(deps: ActDeps) {
    this.#deps = deps
  }

  /** Gives an instance without a node one: that which holds it already, or the best. */
  async findPlace(draft: Draft, { wanted, journey }: Wanted, preferredId?: string): Promise<Outcome> {
    const { outbox, liveness } = this.#deps
    const held = await claim(outbox, draft.writer, wanted.instanceId, (nodeId) => liveness.presence(nodeId) === 'lost')
    if (held) return this.#settleOn(draft, wanted, held.nodeId, { ...journey, moves: Math.max(journey.moves, movesOf(held.term)) + 1 })
    const result = this.#chooseAnywhere(wanted, journey, NOBODY, preferredId)
    if (!result.ok) return this.#refused(wanted, result)
    return this.#settleOn(draft, wanted, result.candidateId, journey)
  }

  /** Tells its node what it shall run, once the node is known to have room for it. */
  async keep(draft: Draft, situation: Wanted & Placed): Promise<Outcome> {
    const { wanted, placement, report, journey, standing } = situation
    const isNewRevision = placement.revision !== wanted.revision
    const fit = isNewRevision ? fitsOn(this.#deps, wanted, placement.nodeId) : undefined
    if (fit?.ok === false) return this.#leaveForRevision(draft, situation, fit.rejection)
    const hasEnded = hasEndedForGood(wanted, report)
    if (isNewRevision || placement.term !== wanted.term || hasEnded !== (placement.ended === true)) {
      const { ended: _before, ...rest } = placement
      await draft.place({ ...rest, ...this.#promiseOf(wanted), ...(hasEnded && { ended: true }) })
    }
    if (isNewRevision && (journey.inVain.length > 0 || journey.exhausted)) await this.#putJourney(draft, { ...journey, inVain: [] })
    if (standing?.presence === 'here') this.#unrefused(wanted.instanceId)
    if (report && (isReady(report) || hasEnded)) this.#deps.departures.settled(wanted.instanceId)
    await this.#handDown(draft, wanted, placement.nodeId, journey)
    return untilGone(standing)
  }

  /** Gives an instance whose node cannot be asked another one, and orders the old node to end it whenever it returns. */
  async replace(draft: Draft, situation: Wanted & Placed, reason: string, preferredId?: string): Promise<Outcome> {
    const { wanted, placement, journey, standing } = situation
    const wish = preferredId ?? placement.departure?.targetId
    const result = this.#chooseAnywhere(wanted, journey, new Map([[placement.nodeId, reason]]), wish)
    if (result.ok) {
      await this.#abandon(draft, placement, standing)
      return this.#settleOn(draft, wanted, result.candidateId, moved(situation))
    }
    // Given up only for a better place; a place that is no more is none.
    if (!standing || standing.removing) await this.#unplace(draft, situation)
    const detail = `${reason}, and nobody else takes it: ${result.rejection.detail}`
    return this.#refused(wanted, { ...result, rejection: { ...result.rejection, detail } })
  }

  /** Begins to move an instance away from a node that can be asked, if another one would take it. */
  async leave(draft: Draft, situation: Wanted & Placed, cause: DepartureCause, reason: string, preferredId?: string): Promise<Outcome> {
    const { wanted, placement, journey } = situation
    const { departures } = this.#deps
    if (!departures.mayBegin(wanted.instanceId, wanted.serviceId, cause)) {
      return { state: 'waiting', on: 'others that are on their way', recheckMs: TURN_RECHECK_MS }
    }
    const here = new Map([[placement.nodeId, reason]])
    // Away from failure it must not go to where it failed before; anything else is worse than that.
    const result =
      cause === 'strikes'
        ? this.#choose(wanted, { avoid: new Map([...avoidInVain(journey), ...here]), preferredId })
        : this.#chooseAnywhere(wanted, journey, here, preferredId)
    if (!result.ok && cause !== 'removal') return this.#stay(draft, situation, reason, result)
    const target = result.ok ? { targetId: result.candidateId } : {}
    await this.orderDeparture(draft, placement, { cause, reason, ...target })
    return SETTLED
  }

  /** Orders an instance out of its node; where it goes is settled when it has gone. */
  async orderDeparture(draft: Draft, placement: Placement, departure: NonNullable<Placement['departure']>): Promise<void> {
    const { instanceId, serviceId, nodeId } = placement
    this.#deps.logger.info('an instance leaves its node', { instance: instanceId, node: nodeId, reason: departure.reason })
    this.#deps.departures.begun(instanceId, serviceId)
    await draft.place({ ...placement, departure })
    await this.#deps.outbox.remove(draft.writer, nodeId, instanceId)
  }

  awaitDeparture({ standing }: Placed): Outcome {
    return untilGone(standing)
  }

  /** The instance has left its node: it goes where it was meant to, or where there is room now. */
  async arrive(draft: Draft, situation: Wanted & Placed): Promise<Outcome> {
    const { wanted, placement } = situation
    const journey = moved(situation)
    const left = new Map([[placement.nodeId, 'it just left']])
    const elsewhere = this.#chooseAnywhere(wanted, journey, left, placement.departure?.targetId)
    const result = elsewhere.ok ? elsewhere : this.#choose(wanted, {})
    if (result.ok) return this.#settleOn(draft, wanted, result.candidateId, journey)
    await this.#unplace(draft, situation)
    return this.#refused(wanted, result)
  }

  /** Marks an instance that no node could run, so that root hears of it. */
  async giveUpMoving(draft: Draft, situation: Wanted & Placed): Promise<Outcome> {
    await this.#putJourney(draft, { ...situation.journey, exhausted: true })
    return this.keep(draft, situation)
  }

  /** What ran well for a while has nothing against it any more. */
  async forgive(draft: Draft, { instanceId, moves }: Journey): Promise<void> {
    await this.#putJourney(draft, { instanceId, moves, inVain: [] })
  }

  async orderEnd(draft: Draft, { placement, standing }: Placed): Promise<Outcome> {
    await this.#deps.outbox.remove(draft.writer, placement.nodeId, placement.instanceId)
    return untilGone(standing)
  }

  /** Nothing of it is left here. A node that is lost keeps the order to end it for when it returns. */
  async forget(draft: Draft, { placement, standing, journey }: Placed): Promise<Outcome> {
    const { instanceId } = placement
    await this.#abandon(draft, placement, standing)
    await draft.release(instanceId)
    if (journey.moves > 0 || journey.inVain.length > 0) await draft.writer.remove(journeys, instanceId)
    if (await draft.writer.get(localRestarts, instanceId)) await draft.writer.remove(localRestarts, instanceId)
    this.forgetNotes(instanceId)
    return SETTLED
  }

  /** Nothing is remembered in memory about an instance that is not wanted. */
  forgetNotes(instanceId: string): void {
    this.#deps.departures.settled(instanceId)
    this.#unrefused(instanceId)
  }

  /** Never on what is to be avoided, and where it failed before only if there is nowhere else. */
  #chooseAnywhere(spec: InstanceSpec, journey: Journey, avoid: ReadonlyMap<string, string>, preferredId?: string): Choice {
    const best = this.#choose(spec, { avoid: new Map([...avoidInVain(journey), ...avoid]), preferredId })
    return best.ok || journey.inVain.length === 0 ? best : this.#choose(spec, { avoid, preferredId })
  }

  #choose(spec: InstanceSpec, wish: Wish): Choice {
    const kind = kindOf(spec, wish.avoid?.keys())
    const known = this.#deps.refusals.known(kind)
    if (known && wish.preferredId === undefined) return { ok: false, rejection: known, kind }
    const result = chooseNode(this.#deps, spec, wish)
    if (result.ok) return result
    this.#deps.refusals.remember(kind, result.rejection)
    return { ok: false, rejection: result.rejection, kind }
  }

  async #settleOn(draft: Draft, spec: InstanceSpec, nodeId: string, journey: Journey): Promise<Outcome> {
    const { instanceId, serviceId } = spec
    this.#unrefused(instanceId)
    await draft.place({ instanceId, serviceId, nodeId, placedAtMs: this.#deps.clock.wallMs(), ...this.#promiseOf(spec) })
    if (journey.moves > 0) await this.#putJourney(draft, journey)
    await this.#handDown(draft, spec, nodeId, journey)
    return SETTLED
  }

  #promiseOf(spec: InstanceSpec): Pick<Placement, 'resources' | 'ports' | 'revision' | 'term' | 'selfEndsAfterMs'> {
    const { resources, ports, revision, term } = spec
    const selfEnds = selfEndsAfterMs(spec)
    return { resources, ports, revision, term, ...(selfEnds !== undefined && { selfEndsAfterMs: selfEnds }) }
  }

  async #handDown(draft: Draft, spec: InstanceSpec, nodeId: string, journey: Journey): Promise<void> {
    const body = { ...(await withLocalRestarts(draft.writer, spec)), term: termForNode(spec, journey) }
    await this.#deps.outbox.put(draft.writer, nodeId, { id: spec.instanceId, kind: 'instance', body })
  }

  /** The order to end it stays with the node, if there still is one, until it was seen without it. */
  async #abandon({ writer }: Draft, { instanceId, nodeId }: Placement, standing: Standing | undefined): Promise<void> {
    if (standing) await this.#deps.outbox.remove(writer, nodeId, instanceId)
    await writer.remove(nodeReports, instanceId)
  }

  async #unplace(draft: Draft, situation: Wanted & Placed): Promise<void> {
    await this.#abandon(draft, situation.placement, situation.standing)
    await draft.release(situation.wanted.instanceId)
    await this.#putJourney(draft, moved(situation))
  }

  async #putJourney({ writer }: Draft, journey: Journey): Promise<void> {
    await writer.put(journeys, journey)
  }

  #leaveForRevision(draft: Draft, situation: Wanted & Placed, rejection: Rejection): Promise<Outcome> {
    const { wanted, standing } = situation
    const reason = `the node ${standing?.name ?? ''} cannot take revision ${wanted.revision}: ${rejection.detail}`
    return this.leave(draft, situation, 'revision', reason)
  }

  /** There is nowhere to go: it runs on where it is, and is tried again when there is room. */
  async #stay(draft: Draft, { wanted, report, journey }: Wanted & Placed, reason: string, refused: Refused): Promise<Outcome> {
    const isHopeless = (report?.strikes ?? 0) >= strikesAllowed(PLACES_IN_VAIN_MAX - 1)
    if (isHopeless && !journey.exhausted) await this.#putJourney(draft, { ...journey, exhausted: true })
    const remark = `${reason}; it stays, for nobody else takes it: ${refused.rejection.detail}`
    return this.#wait(wanted, refused, { remark })
  }

  #refused(spec: InstanceSpec, refused: Refused): Outcome {
    return this.#wait(spec, refused, { rejection: refused.rejection })
  }

  #wait({ instanceId }: InstanceSpec, { kind, rejection }: Refused, note: InstanceNote): Outcome {
    this.#deps.refusals.wait(instanceId, kind)
    this.#deps.reports.note(instanceId, note)
    return { state: 'waiting', on: rejection.detail, recheckMs: RECHECK_MS }
  }

  #unrefused(instanceId: string): void {
    this.#deps.refusals.settled(instanceId)
    this.#deps.reports.note(instanceId, undefined)
  }
}

/** Its node may be given up later, which nobody tells when a service has a time of its own for that. */
function untilGone(standing: Standing | undefined): Outcome {
  if (!standing?.goneInMs) return SETTLED
  return { state: 'waiting', on: `the node ${standing.name}`, recheckMs: standing.goneInMs }
}

const NOBODY: ReadonlyMap<string, string> = new Map()

function avoidInVain({ inVain }: Journey): ReadonlyMap<string, string> {
  return new Map(inVain.map((nodeId) => [nodeId, 'could not run it']))
}

/** The journey once the instance has left the node it has. */
function moved({ wanted, placement, journey }: Wanted & Placed): Journey {
  const { instanceId } = journey
  const cause = placement.departure?.cause
  const isBlamed = cause === 'strikes'
  const isNewStart = cause === 'operator' || cause === 'revision' || placement.revision !== wanted.revision
  const inVain = isNewStart ? [] : isBlamed ? [...journey.inVain, placement.nodeId] : journey.inVain
  return { instanceId, moves: journey.moves + 1, inVain }
}
