import type { Rollout, Service } from '@oakestra/model'
import { LIFE_DEFAULTS, type UpdatePolicy } from '@oakestra/sla'
import { isSameProcess } from '../placement/instance-spec.ts'
import { descriptorAt } from '../state/revisions.ts'
import { mayRunIn } from './may-run-in.ts'
import { withReadiness } from './record-changes.ts'
import { rolloutDetail } from './rollout-detail.ts'
import { rolloutFailure } from './rollout-failure.ts'
import type { ServiceChange, ServicePlan } from './service-plan.ts'
import { isFallen, isInFlight, type Standing } from './standing.ts'

// For what no report of a watched instance tells: others that stop working, clusters that come and go.
const RECHECK_MS = 1_000
// With more than these, each report would only be one more reason to look at all instances; the period is soon enough.
const WATCHED_MAX = 100

/** What brings an update on: notes what is proven, replaces the next few, concludes it, or gives it up. */
export function planRollout(service: Service, rollout: Rollout, present: readonly Standing[], nowMs: number): ServicePlan {
  const policy = { ...LIFE_DEFAULTS.update, ...service.descriptor.update }
  const failure = rolloutFailure(service, rollout, policy, present, nowMs)
  if (failure !== undefined) return { changes: [giveUp(service, rollout, policy, failure)], recheckMs: RECHECK_MS, watched: [] }
  const notes = present.map((each) => noteOn(service, policy, each, nowMs))
  const noted = present.map((each, index) => withNote(each, notes[index]))
  const next = nextToReplace(service, rollout, policy, noted)
  const waitedFor = noted.filter((each) => isInFlight(service, each))
  const changes = [
    ...notes.filter((note) => note !== undefined),
    ...next.map((each) => revise(service, each)),
    ...verdict(service, rollout, noted, [...waitedFor, ...next]),
  ]
  const watched = waitedFor.slice(0, WATCHED_MAX).map(({ instance }) => instance.id)
  return { changes, watched, recheckMs: recheckMs(policy, waitedFor, nowMs) }
}

function revise(service: Service, { instance, isReady, clusterName }: Standing): ServiceChange {
  const change = { do: 'revise', instanceId: instance.id, wasReady: isReady } as const
  if (clusterName === undefined || mayRunIn(service.descriptor, clusterName)) return change
  return { ...change, leaving: { reason: `revision ${service.revision} may not run in cluster ${clusterName}` } }
}

/** Back to what was proven, unless that is not wanted, or is what just failed. */
function giveUp(service: Service, rollout: Rollout, policy: UpdatePolicy, reason: string): ServiceChange {
  const proven = descriptorAt(service, rollout.fromRevision)
  const mayGoBack = policy.rollBack && !rollout.givenUp && proven && !isSameProcess(proven, service.descriptor)
  return mayGoBack ? { do: 'go-back', reason } : { do: 'conclude', state: 'failed', detail: reason }
}

type Note = Extract<ServiceChange, { do: 'note' }>

/** What is newly known of an instance that is on its way; `undefined` when nothing is. */
function noteOn(service: Service, policy: UpdatePolicy, standing: Standing, nowMs: number): Note | undefined {
  const { instance, isReady, heardSinceMs } = standing
  if (!isInFlight(service, standing)) return undefined
  const note = { do: 'note', instanceId: instance.id } as const
  const { readySinceMs } = instance.change ?? {}
  if (!isReady) return readySinceMs === undefined ? undefined : { ...note, readySinceMs: undefined }
  // What was last heard before the link broke proves nothing.
  if (heardSinceMs === undefined) return undefined
  const sinceMs = readySinceMs === undefined || readySinceMs > nowMs ? nowMs : readySinceMs
  if (nowMs - sinceMs >= policy.minReadyMs) return { ...note, readySinceMs: undefined, proven: true }
  return sinceMs === readySinceMs ? undefined : { ...note, readySinceMs: sinceMs }
}

function withNote(standing: Standing, note: Note | undefined): Standing {
  const { change } = standing.instance
  if (!note || !change) return standing
  return { ...standing, instance: { ...standing.instance, change: withReadiness(change, note) } }
}

/**
 * Those to give the newest revision now. One that nobody has room for loses nothing; neither does one that does
 * not work, and on the way back all of these are mended at once. Of the others no more are taken out of use than the policy allows.
 */
function nextToReplace(service: Service, rollout: Rollout, policy: UpdatePolicy, present: readonly Standing[]): readonly Standing[] {
  const outdated = present.filter(({ isCurrent, isCompleted }) => !isCurrent && !isCompleted)
  if (policy.strategy === 'recreate') return outdated
  const isFree = ({ isReady, isRefused }: Standing) => !isReady && (isRefused || rollout.givenUp !== undefined)
  const free = outdated.filter(isFree)
  const away = present
    .filter((each) => isInFlight(service, each) || isFallen(service, each))
    .concat(free.filter(({ isRefused }) => !isRefused))
  const places = Math.max(1, policy.maxUnavailable) - away.length
  const queue = outdated.filter((each) => !isFree(each)).toSorted(soonerReplaced)
  return [...free, ...queue.slice(0, Math.max(0, places))]
}

/** What does not work has least to lose; whose cluster is away would only hold up the others. */
function soonerReplaced(one: Standing, other: Standing): number {
  const order = ({ isReady, heardSinceMs }: Standing) => Number(isReady) * 2 + Number(heardSinceMs === undefined)
  return order(one) - order(other) || one.instance.number - other.instance.number
}

/** @param waitedFor on their way, those that begin now included */
function verdict(
  service: Service,
  rollout: Rollout,
  present: readonly Standing[],
  waitedFor: readonly Standing[],
): readonly ServiceChange[] {
  const isOver = waitedFor.length === 0 && present.every(({ isCurrent, isCompleted }) => isCurrent || isCompleted)
  const endState = rollout.givenUp ? 'rolled-back' : 'done'
  const state = isOver ? endState : 'rolling'
  const detail = rolloutDetail(rollout, state, present, waitedFor.concat(present.filter((each) => isFallen(service, each))))
  return state === rollout.state && detail === rollout.detail ? [] : [{ do: 'conclude', state, detail }]
}

function recheckMs(policy: UpdatePolicy, waitedFor: readonly Standing[], nowMs: number): number {
  const provenIn = waitedFor.map(({ instance }) => (instance.change?.readySinceMs ?? nowMs + RECHECK_MS) + policy.minReadyMs - nowMs)
  return Math.max(1, Math.min(RECHECK_MS, ...provenIn.slice(0, WATCHED_MAX)))
}
