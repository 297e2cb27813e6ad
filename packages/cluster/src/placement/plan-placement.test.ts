import { hasEndedForGood } from '@oakestra/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Placement } from '../state.ts'
import { specOf } from '../testing/sample-spec.ts'
import { planPlacement, type Situation, type Standing, strikesAllowed } from './plan-placement.ts'

const spec = specOf('web-1')
const placement: Placement = {
  instanceId: 'web-1',
  nodeId: 'n1',
  serviceId: 'web',
  resources: spec.resources,
  ports: [],
  revision: 1,
  term: 0,
  placedAtMs: 0,
}
const HERE: Standing = { name: 'n1', presence: 'here', draining: false, removing: false }

const anyStanding: fc.Arbitrary<Standing> = fc
  .record({
    name: fc.constant('n1'),
    presence: fc.constantFrom('here', 'away', 'lost'),
    goneInMs: fc.constantFrom(undefined, 0, 500),
    draining: fc.boolean(),
    removing: fc.boolean(),
    isSilent: fc.constantFrom(undefined, true as const),
  })
  .map(({ goneInMs, isSilent, ...rest }) => {
    const isHere = rest.presence === 'here'
    return { ...rest, ...(goneInMs !== undefined && !isHere && { goneInMs }), ...(isSilent && isHere && { isSilent }) } as const
  })

const anyReport = fc.record({
  instanceId: fc.constant('web-1'),
  nodeId: fc.constant('n1'),
  detail: fc.constant(''),
  restarts: fc.constant(0),
  revision: fc.constantFrom(1, 2),
  state: fc.constantFrom('creating', 'running', 'stopping', 'completed', 'failed', 'dead'),
  strikes: fc.nat(50),
})

const anySituation: fc.Arbitrary<Situation> = fc
  .record({
    wanted: fc.option(fc.constantFrom(spec, { ...spec, oneShot: true }), { nil: undefined }),
    placement: fc.option(
      fc.constantFrom(placement, { ...placement, departure: { cause: 'drain', reason: '' } } satisfies Placement as Placement),
      { nil: undefined },
    ),
    report: fc.option(anyReport, { nil: undefined }),
    journey: fc.record({ instanceId: fc.constant('web-1'), moves: fc.nat(5), inVain: fc.subarray(['n2', 'n3']) }),
    standing: fc.option(anyStanding, { nil: undefined }),
    isSeenGone: fc.boolean(),
  })
  .map(({ wanted, placement: has, report, standing, ...rest }) => ({
    ...rest,
    ...(wanted && { wanted }),
    ...(has && { placement: has }),
    ...(has && report && !rest.isSeenGone && { report }),
    ...(has && standing && { standing }),
  }))

describe('the next decision about an instance', () => {
  it('orders nothing away from a node that has just come back and has not said yet what became of it', () => {
    fc.assert(
      fc.property(anySituation, (situation) => {
        if (situation.standing?.isSilent) expect(planPlacement(situation).do).not.toBe('leave')
      }),
    )
  })

  it('never starts a second copy while its node can be asked, or is not given up', () => {
    fc.assert(
      fc.property(anySituation, (situation) => {
        const { standing, placement: has, isSeenGone } = situation
        const decision = planPlacement(situation).do
        if (decision === 'replace') expect(standing === undefined || standing.goneInMs === 0).toBe(true)
        if (decision === 'arrive') expect(isSeenGone && has?.departure !== undefined).toBe(true)
        if (decision === 'find-place') expect(has).toBeUndefined()
      }),
    )
  })

  it('never forgets one that its node may still have, and keeps nothing that nobody wants', () => {
    fc.assert(
      fc.property(anySituation, (situation) => {
        const { standing, isSeenGone, placement: has, wanted } = situation
        const decision = planPlacement(situation).do
        if (decision === 'forget') expect(isSeenGone || standing === undefined || standing.goneInMs === 0).toBe(true)
        expect(['order-end', 'forget'].includes(decision)).toBe(wanted === undefined && has !== undefined)
      }),
    )
  })

  it('never moves one that has ended for good', () => {
    fc.assert(
      fc.property(anySituation, (situation) => {
        const { wanted, report, placement: has } = situation
        if (!wanted || !has || !hasEndedForGood(wanted, report)) return
        expect(['keep', 'nothing']).toContain(planPlacement(situation).do)
      }),
    )
  })

  it('never ends one that works because it failed before', () => {
    fc.assert(
      fc.property(anySituation, (situation) => {
        const decision = planPlacement(situation)
        if (situation.report?.state === 'running' && decision.do === 'leave') expect(decision.cause).not.toBe('strikes')
      }),
    )
  })

  it.each([
    ['drained', { draining: true }, 'drain'],
    ['removed', { removing: true, draining: true }, 'removal'],
  ])('is to leave a node that is %s', (_word, changes, cause) => {
    const situation: Situation = {
      wanted: spec,
      placement,
      journey: { instanceId: 'web-1', moves: 0, inVain: [] },
      standing: { ...HERE, ...changes },
      isSeenGone: false,
    }
    expect(planPlacement(situation)).toMatchObject({ do: 'leave', cause })
  })

  it('allows more failures at every further place, up to the last', () => {
    expect([0, 1, 2, 3].map(strikesAllowed)).toEqual([5, 10, 20, 20])
  })
})
