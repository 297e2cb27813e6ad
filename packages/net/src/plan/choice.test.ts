import { describe, expect, it } from 'vitest'
import type { Choice, Target } from '../network.ts'
import { chooser, slotsOf } from './choice.ts'

const targets = (count: number, weights: readonly number[] = []): readonly Target[] =>
  Array.from({ length: count }, (_, at) => {
    const weight = weights[at]
    return { v4: `10.30.0.${at + 1}`, v6: `fdff::${(at + 1).toString(16)}`, ...(weight !== undefined && { weight }) }
  })
const service = (choice: Choice | undefined, of: readonly Target[]) => ({ policy: 'any', ...(choice && { choice }), targets: of })
const names = (choice: Choice, of: readonly Target[]) => slotsOf(service(choice, of)).map(({ v4 }) => v4)
const counts = (list: readonly string[]) => [...new Set(list)].map((name) => list.filter((other) => other === name).length)

describe('the slots of a service', () => {
  it('are its targets, where they take turns and where there is no choice', () => {
    expect(slotsOf(service(undefined, targets(3)))).toEqual(targets(3))
    expect(slotsOf(service('turns', targets(3)))).toEqual(targets(3))
    for (const choice of ['weighted', 'sticky'] as const) expect(slotsOf(service(choice, targets(1)))).toEqual(targets(1))
  })

  it.each<[string, readonly number[], readonly number[]]>([
    ['in proportion to weights', [70, 30], [70, 30]],
    ['in proportion to weights that do not divide', [1, 1, 1], [34, 33, 33]],
    ['without those of no weight', [0, 5], [100]],
    ['evenly when no weight is known', [0, 0], [50, 50]],
    ['evenly when weights make no sense', [Number.NaN, -3], [50, 50]],
  ])('are shared %s', (_what, weights, expected) => {
    expect(counts(names('weighted', targets(weights.length, weights)))).toEqual(expected)
  })

  it('hold every target, however many there are', () => {
    for (const choice of ['weighted', 'sticky'] as const) {
      for (const count of [2, 33, 150, 1000]) expect(new Set(names(choice, targets(count))).size, `${count} ${choice}`).toBe(count)
    }
  })

  it('are even and do not depend on the order, where clients stick', () => {
    const table = names('sticky', targets(3))
    expect(table).toHaveLength(64)
    expect(counts(table).toSorted((a, b) => a - b)).toEqual([21, 21, 22])
    expect(names('sticky', targets(3).toReversed())).toEqual(table)
  })

  it.each([3, 5, 8, 16])('change hands little when one of %i targets goes', (count) => {
    const [before, after] = [names('sticky', targets(count)), names('sticky', targets(count - 1))]
    const lost = `10.30.0.${count}`
    const needlessly = before.filter((name, slot) => name !== lost && after[slot] !== name)
    expect(needlessly.length).toBeLessThan(64 / 4)
  })
})

describe('the picking of a slot', () => {
  it.each<[Choice, string]>([
    ['turns', 'numgen inc mod 2'],
    ['weighted', 'numgen random mod 100'],
    ['sticky', 'jhash ip6 saddr mod 64 seed 7299435'],
  ])('is written for %s', (choice, expression) => {
    expect(chooser(service(choice, targets(2)), 'v6')).toBe(expression)
  })
})
