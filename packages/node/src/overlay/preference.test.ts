import { describe, expect, it } from 'vitest'
import { type Preference, preferNodes } from './preference.ts'

const costs = (values: Readonly<Record<string, number>>) => new Map(Object.entries(values))

/** What comes of a row of measurements, each a round. */
function after(...rounds: readonly Readonly<Record<string, number>>[]): Preference {
  let preference: Preference | undefined
  for (const values of rounds) preference = preferNodes(costs(values), preference, true)
  if (!preference) throw new Error('there was no round')
  return preference
}

describe('the nodes that a service is used on', () => {
  it('are the nearest, and those that are as near', () => {
    expect([...after({ a: 5, b: 5.4, c: 6 }).nodes]).toEqual(['a', 'b'])
  })

  it('change when another was clearly nearer for three rounds, and not before', () => {
    const [far, near] = [
      { a: 5, b: 9 },
      { a: 5, b: 3 },
    ]
    expect(after(far, near, near).leader).toBe('a')
    expect(after(far, near, near, near).leader).toBe('b')
    expect(after(far, near, near, far, near, near).leader).toBe('a')
  })

  it.each([
    ['by less than a share of 15 %', { a: 20, b: 17.5 }],
    ['by less than a millisecond', { a: 0.9, b: 0.1 }],
  ])('stay when another is nearer %s', (_how, values) => {
    expect(after({ a: 1, b: 30 }, values, values, values, values).leader).toBe('a')
  })

  it('do not change when only the list of nodes does', () => {
    let preference = after({ a: 5, b: 9 })
    for (let look = 0; look < 10; look += 1) preference = preferNodes(costs({ a: 5, b: 1 }), preference, false)
    expect(preference.leader).toBe('a')
  })

  it('are others at once when the leader is gone, or the own node has an instance', () => {
    expect(preferNodes(costs({ b: 9, c: 7 }), after({ a: 5, b: 9, c: 7 }), false).leader).toBe('c')
    expect([...preferNodes(costs({ a: 5, own: 0 }), after({ a: 5 }), false).nodes]).toEqual(['own'])
  })

  it('are all of them while nothing is measured, and the nearest as soon as something is', () => {
    const unknown = { a: Number.POSITIVE_INFINITY, b: Number.POSITIVE_INFINITY }
    expect([...after(unknown).nodes]).toEqual(['a', 'b'])
    expect(after(unknown, { a: 0.9, b: 0.5 })).toMatchObject({ leader: 'b' })
  })

  it('stay as they were after a restart, until something is measured', () => {
    const before: Preference = { leader: 'b', nodes: new Set(['b']) }
    expect([...preferNodes(costs({ a: Number.POSITIVE_INFINITY, b: Number.POSITIVE_INFINITY }), before, true).nodes]).toEqual(['b'])
  })

  it('share turns until one is clearly farther', () => {
    expect([...after({ a: 5, b: 5.2 }, { a: 5, b: 6 }).nodes]).toEqual(['a', 'b'])
    expect([...after({ a: 5, b: 5.2 }, { a: 5, b: 6.5 }).nodes]).toEqual(['a'])
  })
})
