import type { DesiredInstance, ObservedInstance, Rejection, Rollout, Service } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { planService } from './plan-service.ts'
import type { ServicePlan } from './service-plan.ts'
import type { InstanceFacts } from './standing.ts'
import { sampleDescriptor, sampleFacts, sampleService } from './testing/sample-service.ts'

const NOW = 1_000_000

/** `add`, `remove i2`, `revise i1`, `proven i1`, `ready i1`, `unready i1`, `done`, `go-back`. */
function words({ changes }: ServicePlan): readonly string[] {
  return changes.map((change) => {
    if (change.do === 'conclude') return change.state
    if (change.do === 'note')
      return `${change.proven ? 'proven' : change.readySinceMs === undefined ? 'unready' : 'ready'} ${change.instanceId}`
    return 'instanceId' in change ? `${change.do} ${change.instanceId}` : change.do
  })
}

const plan = (service: Service, facts: readonly InstanceFacts[], nowMs = NOW) => words(planService(service, facts, nowMs))
const steps = (service: Service, facts: readonly InstanceFacts[], nowMs = NOW) =>
  plan(service, facts, nowMs).filter((word) => word !== 'rolling')

describe('the number of instances', () => {
  const running = (count: number) => Array.from({ length: count }, (_, number) => sampleFacts(number))

  it('is nobody’s business while none is declared', () => {
    expect(plan(sampleService(), running(3))).toEqual([])
  })

  it('is filled up', () => {
    expect(plan(sampleService({ replicas: 3 }), running(1))).toEqual(['add', 'add'])
  })

  it('shrinks by those that do not work, then by the newest', () => {
    const facts = [sampleFacts(0), sampleFacts(1, {}, { state: 'dead' }), sampleFacts(2), sampleFacts(3)]
    expect(plan(sampleService({ replicas: 2 }), facts)).toEqual(['remove i1', 'remove i3'])
  })

  it('does not count those that are being removed', () => {
    expect(plan(sampleService({ replicas: 1 }), [sampleFacts(0, { removing: true })])).toEqual(['add'])
  })

  it('counts one-shots that completed, and ends those last', () => {
    const facts = [sampleFacts(0, {}, { state: 'creating' }), sampleFacts(1, {}, { state: 'completed' })]
    expect(plan(sampleService({ replicas: 2 }), facts)).toEqual([])
    expect(plan(sampleService({ replicas: 1 }), facts)).toEqual(['remove i0'])
  })

  it('of a service that is being removed is left to its removal', () => {
    expect(plan(sampleService({ replicas: 5, removing: true }), running(1))).toEqual([])
  })
})

const rollout: Rollout = { toRevision: 2, fromRevision: 1, state: 'rolling', startedAtMs: NOW - 10_000, detail: '' }

/** A service on its way from v1 to v2. */
function rolling(update: object = {}, changes: Partial<Service> = {}): Service {
  const policy = { min_ready: 1, deadline: 120, ...update }
  return sampleService({
    revision: 2,
    descriptor: sampleDescriptor({ code: 'v2', update: policy }),
    history: [{ revision: 1, descriptor: sampleDescriptor(), createdAtMs: 0, reason: 'created' }],
    rollout,
    ...changes,
  })
}

const old = (number: number, observed: Partial<ObservedInstance> | 'nothing' = {}, instance: Partial<DesiredInstance> = {}) =>
  sampleFacts(number, instance, observed)
/** One that was given the new revision a second ago. */
const changed = (number: number, observed: Partial<ObservedInstance> | 'nothing' = {}, change: Partial<DesiredInstance['change']> = {}) =>
  sampleFacts(number, { revision: 2, change: { atMs: NOW - 1_000, wasReady: true, ...change } }, observed)
const proven = (number: number, observed: Partial<ObservedInstance> = {}) => changed(number, observed, { proven: true })
const NOT_YET = { revision: 1 } as const

describe('a rolling update', () => {
  it('takes no more out of use than allowed, the lowest number first', () => {
    const facts = [old(2), old(0), old(1)]
    expect(steps(rolling(), facts)).toEqual(['revise i0'])
    expect(steps(rolling({ max_unavailable: 2 }), facts)).toEqual(['revise i0', 'revise i1'])
    expect(steps(rolling({ strategy: 'recreate' }), facts)).toHaveLength(3)
  })

  it('waits for the one that is on its way, whatever is still said of its old revision', () => {
    expect(steps(rolling(), [changed(0, NOT_YET), old(1)])).toEqual([])
    expect(steps(rolling(), [changed(0, { state: 'creating' }), old(1)])).toEqual([])
  })

  it('notes since when one is ready, and goes on once that is long enough', () => {
    expect(steps(rolling(), [changed(0), old(1)])).toEqual(['ready i0'])
    expect(steps(rolling(), [changed(0, {}, { readySinceMs: NOW - 999 }), old(1)])).toEqual([])
    expect(steps(rolling(), [changed(0, {}, { readySinceMs: NOW - 1_000 }), old(1)])).toEqual(['proven i0', 'revise i1'])
    expect(steps(rolling({ min_ready: 0 }), [changed(0), old(1)])).toEqual(['proven i0', 'revise i1'])
  })

  it('begins to count anew when it stops being ready, or when the time it began is yet to come', () => {
    expect(steps(rolling(), [changed(0, { health: 'unhealthy' }, { readySinceMs: NOW - 900 })])).toEqual(['unready i0'])
    expect(steps(rolling(), [changed(0, {}, { readySinceMs: NOW + 1 })])).toEqual(['ready i0'])
  })

  it('does not take for proven what a cluster said before it went away', () => {
    const { heardSinceMs: _, ...unheard } = changed(0, {}, { readySinceMs: NOW - 5_000 })
    expect(steps(rolling(), [unheard, old(1)])).toEqual([])
  })

  it('counts a proven one that works no more', () => {
    expect(steps(rolling(), [proven(0, { state: 'dead' }), old(1)])).toEqual([])
    expect(steps(rolling({ max_unavailable: 2 }), [proven(0, { state: 'dead' }), old(1)])).toEqual(['revise i1'])
  })

  it('begins with those that do not work, then those whose cluster is connected', () => {
    const { heardSinceMs: _, ...unheard } = old(0)
    expect(steps(rolling(), [unheard, old(1), old(2, { state: 'dead' })])).toEqual(['revise i2'])
    expect(steps(rolling(), [unheard, old(1)])).toEqual(['revise i1'])
  })

  it('is not held up by an instance that nobody had room for before either', () => {
    const rejection: Rejection = { word: 'NO_WORKER_CAPACITY', detail: 'no room', candidates: [] }
    const nowhere = { state: 'unplaced', rejection } as const
    expect(steps(rolling(), [old(0), old(1, nowhere)])).toEqual(['revise i1', 'revise i0'])
    expect(steps(rolling(), [old(0), changed(1, nowhere, { wasReady: false })])).toEqual(['revise i0'])
    expect(plan(rolling(), [proven(0), changed(1, nowhere, { wasReady: false })])).toEqual(['done'])
    expect(steps(rolling(), [old(0), changed(1, nowhere)])).toEqual([])
  })

  it('has an instance leave a cluster that the new revision may not run in', () => {
    const constraints = [{ type: 'direct', cluster: 'south' }]
    const service = rolling({}, { descriptor: sampleDescriptor({ code: 'v2', constraints }) })
    const leavingOf = (clusterName: string) => planService(service, [{ ...old(0), clusterName }], NOW).changes[0]
    expect(leavingOf('north')).toMatchObject({ do: 'revise', leaving: { reason: 'revision 2 may not run in cluster north' } })
    expect(leavingOf('south')).not.toHaveProperty('leaving')
  })

  it('is over when the last one is proven, or when there is none', () => {
    expect(plan(rolling(), [proven(0), changed(1, {}, { readySinceMs: 0 })])).toEqual(['proven i1', 'done'])
    expect(plan(rolling(), [])).toEqual(['done'])
    expect(plan(rolling(), [proven(0), old(1, {}, { removing: true })])).toEqual(['done'])
  })

  it('leaves one-shots alone that completed, and is content with those that complete', () => {
    const oneShot = rolling({}, { descriptor: sampleDescriptor({ code: 'v2', one_shot: true }) })
    expect(plan(oneShot, [old(0, { state: 'completed' }), changed(1, { state: 'completed' })])).toEqual(['done'])
  })

  it('leaves instances alone whose revision says the same', () => {
    const service = rolling({}, { descriptor: sampleDescriptor({ update: { max_unavailable: 3 }, replicas: 2 }) })
    expect(plan(service, [old(0), old(1)])).toEqual(['done'])
  })

  it('adds what is missing and does not replace what it removes', () => {
    expect(steps(rolling({}, { replicas: 3 }), [old(0)])).toEqual(['add', 'add', 'revise i0'])
    expect(steps(rolling({}, { replicas: 1 }), [old(0, { state: 'dead' }), old(1)])).toEqual(['remove i0', 'revise i1'])
  })
})

describe('an update that fails', () => {
  const crashing = changed(0, { state: 'dead', strikes: 3, detail: 'exited with code 1' })

  it('goes back, and says why', () => {
    const { changes } = planService(rolling(), [crashing, old(1)], NOW)
    expect(changes).toEqual([{ do: 'go-back', reason: 'instance 0 failed: exited with code 1' }])
  })

  it('stays where it is when that is asked for, when nothing was proven before, and on the way back', () => {
    expect(plan(rolling({ roll_back: false }), [crashing])).toEqual(['failed'])
    expect(plan(rolling({}, { history: [] }), [crashing])).toEqual(['failed'])
    const back = rolling({}, { rollout: { ...rollout, givenUp: { revision: 1, reason: 'x' } } })
    expect(plan(back, [crashing])).toEqual(['failed'])
  })

  it('is given some failures, and those of the old revision do not count', () => {
    expect(steps(rolling(), [changed(0, { state: 'dead', strikes: 2 })])).toEqual([])
    expect(steps(rolling(), [changed(0, { ...NOT_YET, state: 'dead', strikes: 9 })])).toEqual([])
  })

  it('has failed with the first end of a one-shot', () => {
    const oneShot = rolling({}, { descriptor: sampleDescriptor({ code: 'v2', one_shot: true }) })
    expect(plan(oneShot, [changed(0, { state: 'failed', exitCode: 3 })])).toEqual(['go-back'])
    expect(steps(oneShot, [changed(0, { state: 'failed' })])).toEqual([])
  })

  it('has failed when an instance is not ready in time', () => {
    const slow = (atMs: number) => [changed(0, { state: 'creating' }, { atMs })]
    expect(steps(rolling(), slow(NOW - 119_999))).toEqual([])
    expect(plan(rolling(), slow(NOW - 120_000))).toEqual(['go-back'])
    expect(steps(rolling(), [changed(0, {}, { atMs: 0, readySinceMs: NOW - 1 })])).toEqual([])
  })

  it('does not count time in which no news could arrive, nor a time that is yet to come', () => {
    const slow = changed(0, { state: 'creating' }, { atMs: NOW - 500_000 })
    const { heardSinceMs: _, ...unheard } = slow
    expect(steps(rolling(), [unheard])).toEqual([])
    expect(steps(rolling(), [{ ...slow, heardSinceMs: NOW - 119_000 }])).toEqual([])
    expect(plan(rolling(), [{ ...slow, heardSinceMs: NOW - 120_000 }])).toEqual(['go-back'])
    const ahead = changed(0, { state: 'creating' }, { atMs: NOW + 1_000_000 })
    expect(plan(rolling(), [{ ...ahead, heardSinceMs: NOW - 120_000 }])).toEqual(['go-back'])
  })

  it('mends all that is broken at once on the way back, and what works under the policy', () => {
    const back = rolling({}, { rollout: { ...rollout, givenUp: { revision: 1, reason: 'x' } } })
    const facts = [old(0, { state: 'dead' }), old(1, { state: 'dead' }), old(2), old(3)]
    expect(steps(back, facts)).toEqual(['revise i0', 'revise i1'])
    expect(steps(back, [old(0, { state: 'dead' }, { revision: 2 }), old(2), old(3)])).toEqual(['revise i2'])
    expect(plan(back, [proven(0)])).toEqual(['rolled-back'])
  })
})
