import { describe, expect, it } from 'vitest'
import { planView } from '../plan-services.ts'
import type { Candidate, PolicyName } from './policy.ts'

const candidate = (number: number, changes: Partial<Candidate> = {}): Candidate => ({
  instanceId: `i${number}`,
  number,
  v4: `10.30.0.${number}`,
  v6: `fdff::${number}`,
  nodeId: `n${number}`,
  isHere: false,
  ...changes,
})

function choice(policy: PolicyName, candidates: readonly Candidate[]) {
  const view = { serviceId: 's', addresses: [{ policy, v4: '10.30.1.1' }], candidates, others: [] }
  const [{ entry } = {}] = planView(view, new Map(), true)
  return {
    choice: entry?.choice,
    targets: entry?.targets.map(({ v4, weight }) => (weight === undefined ? v4 : `${v4} ${weight}`)),
    kept: entry?.kept?.length ?? 0,
  }
}

describe('a policy', () => {
  const far = [candidate(1, { rttMs: 9 }), candidate(2, { rttMs: 2 }), candidate(3, { rttMs: 2.1 }), candidate(4)]

  it('closest: the lowest round trip, those as near in turns, and the others keep what they have', () => {
    expect(choice('closest', far)).toEqual({ choice: undefined, targets: ['10.30.0.2', '10.30.0.3'], kept: 2 })
  })

  it('closest: the own node before all others', () => {
    expect(choice('closest', [...far, candidate(5, { isHere: true, load: 100 })])).toMatchObject({ targets: ['10.30.0.5'] })
  })

  it('fastest: somebody idle nearby before somebody busy at home', () => {
    const here = candidate(5, { isHere: true, load: 90 })
    expect(choice('fastest', [...far, here])).toMatchObject({ targets: ['10.30.0.2', '10.30.0.3'] })
    expect(choice('fastest', [...far, { ...here, load: 50 }])).toMatchObject({ targets: ['10.30.0.5'] })
  })

  it('least loaded: in proportion to the room that is left, and everybody gets a little', () => {
    const loaded = [candidate(1, { load: 0 }), candidate(2, { load: 100 }), candidate(3)]
    expect(choice('least-loaded', loaded)).toMatchObject({ choice: 'weighted', targets: ['10.30.0.1 100', '10.30.0.2 5', '10.30.0.3 50'] })
  })

  it('sticky: all of them, by client', () => {
    expect(choice('sticky', far)).toEqual({ choice: 'sticky', targets: far.map(({ v4 }) => v4), kept: 0 })
  })

  it('round robin: all of them, in turns', () => {
    expect(choice('round-robin', far)).toEqual({ choice: undefined, targets: far.map(({ v4 }) => v4), kept: 0 })
  })
})
