import { describe, expect, it } from 'vitest'
import { type Decision, type Place, planInstance, type Situation } from './plan-instance.ts'

const place = (changes: Partial<Place> = {}): Place => ({
  presence: 'here',
  patienceMs: undefined,
  isRemoved: false,
  isLingering: true,
  ...changes,
})
const wanted = (at?: Place, changes: Partial<Situation> = {}): Situation => ({
  instance: { removing: false },
  service: { siteOnly: false },
  ...(at && { place: at }),
  ...changes,
})
const leaving = { instance: { removing: false, leaving: { reason: 'asked for' } } }
const removing = { instance: { removing: true } }
const over = { isOver: true }
const siteOnly = { service: { siteOnly: true } }
const trouble = (waitMs: number) => ({ trouble: { reason: 'no room', waitMs } })

describe('an instance', () => {
  it.each<[string, Situation, Decision]>([
    ['without a cluster gets one', wanted(), { do: 'place' }],
    ['without a cluster that is not wanted any more is forgotten', wanted(undefined, removing), { do: 'forget' }],
    ['that runs stays', wanted(place()), { do: 'stay' }],
    [
      'of a cluster that is away stays, and is looked at again',
      wanted(place({ presence: 'away', patienceMs: 70 })),
      { do: 'stay', recheckMs: 70 },
    ],
    ['of a lost cluster is started elsewhere', wanted(place({ presence: 'lost', patienceMs: 0 })), { do: 'replace' }],
    ['that nobody else may have stays with a lost cluster', wanted(place({ presence: 'lost' })), { do: 'stay' }],
    [
      'that waits longer than others stays with a lost cluster',
      wanted(place({ presence: 'lost', patienceMs: 5 })),
      { do: 'stay', recheckMs: 5 },
    ],
    ['that does not wait leaves one that is only away', wanted(place({ presence: 'away', patienceMs: 0 })), { do: 'replace' }],
    ['is given time when its cluster has no room', wanted(place(trouble(900))), { do: 'stay', recheckMs: 900 }],
    ['is offered to others after that', wanted(place(trouble(0))), { do: 'offer', reason: 'no room' }],
    ['never leaves its site for trouble', wanted(place(trouble(0)), siteOnly), { do: 'stay' }],
    [
      'of a removed cluster is offered to others',
      wanted(place({ isRemoved: true })),
      { do: 'offer', reason: 'its cluster is being removed' },
    ],
    ['that leaves is ended first', wanted(place(), leaving), { do: 'end' }],
    ['that left gets another place', wanted(place({ isLingering: false }), leaving), { do: 'place' }],
    [
      'that left does not wait for a cluster that is away',
      wanted(place({ presence: 'away', patienceMs: 9, isLingering: false }), leaving),
      { do: 'place' },
    ],
    [
      'that leaves a lost cluster does not wait for its end',
      wanted(place({ presence: 'lost', patienceMs: 0 }), leaving),
      { do: 'replace' },
    ],
    ['that may not leave its site stays, whoever asks', wanted(place({ isLingering: false }), { ...leaving, ...siteOnly }), { do: 'stay' }],
    ['that is not wanted is ended first', wanted(place(), removing), { do: 'end' }],
    ['that is not wanted waits for a cluster that is away', wanted(place({ presence: 'away' }), removing), { do: 'end' }],
    ['that is not wanted is forgotten once it is gone', wanted(place({ isLingering: false }), removing), { do: 'forget' }],
    ['that is not wanted is forgotten with a lost cluster', wanted(place({ presence: 'lost' }), removing), { do: 'forget' }],
    ['that ended stays with a lost cluster', wanted(place({ presence: 'lost', patienceMs: 0 }), over), { do: 'stay' }],
    ['that ended stays in spite of trouble', wanted(place(trouble(0)), over), { do: 'stay' }],
    ['that ended needs no place', wanted(undefined, over), { do: 'rest' }],
    ['that ended is taken from a removed cluster', wanted(place({ isRemoved: true }), over), { do: 'end' }],
    ['that ended needs no other place after it', wanted(place({ isRemoved: true, isLingering: false }), over), { do: 'rest' }],
    ['that ended while it left is not started elsewhere', wanted(place({ isLingering: false }), { ...leaving, ...over }), { do: 'rest' }],
    ['that ended is forgotten like any other', wanted(place({ isLingering: false }), { ...removing, ...over }), { do: 'forget' }],
    ['without a service is ended', { instance: { removing: false }, place: place() }, { do: 'end' }],
  ])('%s', (_name, situation, decision) => {
    expect(planInstance(situation)).toEqual(decision)
  })
})
