import { type Clock, OakError } from '@oakestra/base'
import type { Outcome, Reconciler } from '@oakestra/controller'
import type { DesiredInstance, InstanceSpec, Rejection } from '@oakestra/model'
import type { Placement, PlacementResult } from '@oakestra/scheduler'
import type { Outbox } from '@oakestra/session'
import type { Reader, Store, Writer } from '@oakestra/store'
import { instances, reports } from '../state/collections.ts'
import { forgetInstance } from '../state/operations-instances.ts'
import type { Advice } from './chooser.ts'
import type { ClusterRoom } from './cluster-room.ts'
import { withPlaces } from './instance-spec.ts'
import { avoidedBy, moved, resting, unplaced, withoutRejection } from './next-instance.ts'
import type { PeerBook } from './peer-book.ts'
import type { Placer } from './placer.ts'
import { namesPlaces, withPlacesAsOf } from './places.ts'
import { type Decision, planInstance } from './plan-instance.ts'
import type { Refused } from './refused.ts'
import { type InstanceFacts, readSituation, type SituationDeps } from './situation.ts'
import type { Troubles } from './troubles.ts'

// A refused instance is tried again whenever a cluster tells of more room; this is for what was missed.
const REFUSED_RECHECK_MS = 60_000
// Instances of one service leave a removed cluster one after another, so that the service goes on meanwhile.
const TURN_RECHECK_MS = 500
// A sentence; advisers from outside may say more.
const NOTE_LENGTH_MAX = 500

export interface InstanceReconcilerDeps extends SituationDeps {
  readonly store: Store
  readonly outbox: Outbox
  readonly room: ClusterRoom
  readonly peers: PeerBook
  readonly placer: Placer
  readonly refused: Refused
  readonly troubles: Troubles
  readonly clock: Clock
}

/** What a decision about an instance that shall be somewhere is carried out with. */
interface Task {
  readonly writer: Writer
  readonly instance: DesiredInstance
  readonly spec: InstanceSpec
  readonly advice: Advice | undefined
}

const SETTLED: Outcome = { state: 'settled' }

/** Gives each desired instance a cluster, keeps the cluster's document true, and forgets what is gone everywhere. */
export class InstanceReconciler implements Reconciler {
  readonly #deps: InstanceReconcilerDeps

  constructor(deps: InstanceReconcilerDeps) {
    this.#deps = deps
  }

  async keys(): Promise<readonly string[]> {
    return this.#deps.store.read(async (reader) => (await reader.list(instances)).map((instance) => instance.id))
  }

  async reconcile(id: string, signal: AbortSignal): Promise<Outcome> {
    const advice = this.#deps.placer.hasAdviser ? await this.#askAdviser(id, signal) : undefined
    // Decision and document are one transaction: a crash leaves both or neither.
    return this.#deps.store.write(async (writer) => {
      const known = await readSituation(writer, this.#deps, id)
      return known ? this.#act(writer, known, planInstance(known), advice) : SETTLED
    })
  }

  #act(writer: Writer, { instance, wanted, place }: InstanceFacts, decision: Decision, advice: Advice | undefined): Promise<Outcome> {
    if (decision.do === 'forget') return this.#forget(writer, instance)
    if (decision.do === 'end') return this.#end(writer, instance)
    if (!wanted) throw new OakError('internal', 'an instance without a service was to have a place')
    const task = { writer, instance, spec: wanted.spec, advice }
    switch (decision.do) {
      case 'rest':
        return this.#rest(task)
      case 'place':
        return this.#place(task)
      case 'replace':
        return this.#replace(task)
      case 'offer':
        return this.#offer(task, decision.reason, place?.isRemoved ?? false)
      case 'stay':
        return this.#stay(task, decision.recheckMs)
    }
  }

  /** It has no place, or was seen to be gone from the one it leaves: that one is the last to be asked. */
  async #place(task: Task): Promise<Outcome> {
    const avoid = this.#avoided(task)
    if (task.instance.leaving) this.#deps.room.release(task.instance.id)
    let result = await this.#choose(task, avoid)
    if (!result.ok && avoid.size > 0) {
      const again = await this.#choose(task, new Map())
      if (again.ok) result = again
    }
    return result.ok ? this.#give(task, result) : this.#refuse(task, result.rejection)
  }

  /** Its cluster is lost. The order to end it stays for the cluster, be it back next month. */
  async #replace(task: Task): Promise<Outcome> {
    if (task.instance.leaving) this.#deps.room.release(task.instance.id)
    const result = await this.#choose(task, this.#avoided(task))
    return result.ok ? this.#give(task, result) : this.#stayUnwillingly(task, result.rejection)
  }

  /** Its cluster could be asked to end it: not before somebody else would take it. */
  async #offer(task: Task, reason: string, inTurn: boolean): Promise<Outcome> {
    const { instance, writer } = task
    const { peers, room, outbox } = this.#deps
    if (inTurn && peers.leaving(instance.serviceId) > 0) return this.#stay(task, TURN_RECHECK_MS)
    const leaving = { ...withoutRejection(instance), leaving: { reason, ...(!inTurn && { forTrouble: true as const }) } }
    const result = await this.#choose({ ...task, instance: leaving }, this.#avoided({ ...task, instance: leaving }))
    if (!result.ok) return this.#stayUnwillingly(task, result.rejection)
    // Kept free until it gets there: what leaves together must find room together.
    const { generation } = await outbox.head(writer, result.candidateId)
    room.promise(result.candidateId, result.slotIndex, {
      instanceId: instance.id,
      generation: generation + 1,
      resources: task.spec.resources,
    })
    this.#deps.refused.delete(instance.id)
    await this.#put(writer, leaving)
    return SETTLED
  }

  async #stay({ writer, instance, spec }: Task, recheckMs: number | undefined): Promise<Outcome> {
    this.#deps.refused.delete(instance.id)
    const { leaving, ...rest } = withoutRejection(instance)
    // One that may not leave its site was told to by somebody who could not know. And what was in trouble before its cluster went
    // away may have found a place there meanwhile: that is seen when it is back.
    const isToLeave = leaving && !leaving.forTrouble && !spec.disconnect.siteOnly
    const next = await this.#placesKept(writer, isToLeave ? { ...rest, leaving } : rest, spec)
    await this.#put(writer, next)
    await this.#handDown(writer, next, spec)
    return recheckMs === undefined ? SETTLED : { state: 'waiting', on: 'its cluster', recheckMs }
  }

  /** It should be elsewhere, but nobody else takes it. */
  async #stayUnwillingly({ writer, instance, spec }: Task, rejection: Rejection): Promise<Outcome> {
    const next = await this.#placesKept(writer, { ...instance, rejection }, spec)
    await this.#put(writer, next)
    await this.#handDown(writer, next, spec)
    return this.#waitForRoom(instance, rejection)
  }

  async #refuse({ writer, instance, advice }: Task, rejection: Rejection): Promise<Outcome> {
    await this.#put(writer, unplaced(instance, rejection, advice && !advice.ok ? shortened(advice.warning) : undefined))
    return this.#waitForRoom(instance, rejection)
  }

  #waitForRoom({ id }: DesiredInstance, rejection: Rejection): Outcome {
    this.#deps.refused.add(id)
    return { state: 'waiting', on: rejection.detail, recheckMs: REFUSED_RECHECK_MS }
  }

  async #give(task: Task, { candidateId, slotIndex, notes }: Placement): Promise<Outcome> {
    const { writer, instance, spec } = task
    const { outbox, room, refused, troubles, clock } = this.#deps
    const placed = moved(instance, candidateId, { nowMs: clock.wallMs(), note: noteOf(task, candidateId, notes) })
    const next = await this.#placesAsOfNow(writer, placed, spec)
    if (instance.clusterId !== undefined && instance.clusterId !== candidateId) await this.#leave(writer, instance.id, instance.clusterId)
    await this.#put(writer, next)
    await this.#handDown(writer, next, { ...spec, term: next.term ?? 0 })
    const { generation } = await outbox.head(writer, candidateId)
    room.promise(candidateId, slotIndex, { instanceId: instance.id, generation, resources: spec.resources })
    refused.delete(instance.id)
    troubles.forget(instance.id)
    return SETTLED
  }

  /** What the old cluster says about it from now on is no news of it. */
  async #leave(writer: Writer, instanceId: string, clusterId: string): Promise<void> {
    await this.#deps.outbox.remove(writer, clusterId, instanceId)
    const report = await writer.get(reports, instanceId)
    if (report?.clusterId === clusterId) await writer.remove(reports, instanceId)
  }

  /** How it ended is known without its cluster. */
  async #rest({ writer, instance }: Task): Promise<Outcome> {
    if (instance.clusterId !== undefined) await this.#leave(writer, instance.id, instance.clusterId)
    await this.#put(writer, resting(instance))
    this.#deps.refused.delete(instance.id)
    return SETTLED
  }

  async #end(writer: Writer, instance: DesiredInstance): Promise<Outcome> {
    const { id, clusterId } = instance
    this.#deps.refused.delete(id)
    // How it ended, if it did, is written down before its cluster is told to forget it.
    await this.#put(writer, instance)
    if (clusterId !== undefined) await this.#deps.outbox.remove(writer, clusterId, id)
    return SETTLED
  }

  async #forget(writer: Writer, { id, clusterId }: DesiredInstance): Promise<Outcome> {
    const { outbox, refused, troubles, clock } = this.#deps
    if (clusterId !== undefined) await outbox.remove(writer, clusterId, id)
    await forgetInstance(writer, id, clock.wallMs())
    refused.delete(id)
    troubles.forget(id)
    return SETTLED
  }

  async #handDown(writer: Writer, instance: DesiredInstance, spec: InstanceSpec): Promise<void> {
    const { id, clusterId } = instance
    if (clusterId === undefined) return
    await this.#deps.outbox.put(writer, clusterId, { id, kind: 'instance', body: withPlaces(spec, instance) })
  }

  async #placesAsOfNow(writer: Writer, instance: DesiredInstance, spec: InstanceSpec): Promise<DesiredInstance> {
    if (!namesPlaces(spec)) return instance
    return withPlacesAsOf(instance, spec, await this.#deps.placer.request(writer, spec, new Map()))
  }

  /** What its cluster was told stays while it stays; another revision may name other places. */
  async #placesKept(writer: Writer, instance: DesiredInstance, spec: InstanceSpec): Promise<DesiredInstance> {
    return instance.places?.revision === spec.revision ? instance : this.#placesAsOfNow(writer, instance, spec)
  }

  async #put(writer: Writer, instance: DesiredInstance): Promise<void> {
    this.#deps.peers.stage(instance)
    await writer.put(instances, instance)
  }

  #avoided({ instance }: Pick<Task, 'instance'>): ReadonlyMap<string, string> {
    return avoidedBy(instance, this.#deps.clock.wallMs())
  }

  async #choose({ writer, instance, spec, advice }: Task, avoid: ReadonlyMap<string, string>): Promise<PlacementResult> {
    const { placer } = this.#deps
    const preferredId = instance.leaving?.targetId ?? (advice?.ok ? advice.candidateId : undefined)
    return placer.choose(await placer.request(writer, spec, avoid), instance.serviceId, preferredId)
  }

  /** The same question as will be decided inside the transaction, asked outside of it. */
  async #askAdviser(id: string, signal: AbortSignal): Promise<Advice | undefined> {
    const { placer, store } = this.#deps
    const question = await store.read((reader) => this.#questionOf(reader, id))
    return question && placer.advice(question.request, question.serviceId, signal)
  }

  async #questionOf(reader: Reader, id: string) {
    const known = await readSituation(reader, this.#deps, id)
    if (!known?.wanted || known.instance.leaving?.targetId !== undefined) return undefined
    const decision = planInstance(known)
    if (decision.do !== 'place' && decision.do !== 'replace') return undefined
    const { instance, wanted } = known
    const request = await this.#deps.placer.request(reader, wanted.spec, this.#avoided({ instance }))
    return { request, serviceId: instance.serviceId }
  }
}

/** Said when an adviser gave no advice, or one that could not be followed. */
function noteOf({ advice, instance }: Task, candidateId: string, notes: readonly string[]): string | undefined {
  if (advice && !advice.ok) return shortened(advice.warning)
  const preferredId = instance.leaving?.targetId ?? advice?.candidateId
  return preferredId === undefined || preferredId === candidateId ? undefined : shortened(notes.join('; '))
}

function shortened(text: string): string {
  return text.length > NOTE_LENGTH_MAX ? `${text.slice(0, NOTE_LENGTH_MAX - 1)}…` : text
}
