import { describe, expect, it } from 'vitest'
import { type HealthCourse, judge, newCourse, nextQuestionMs } from './judge.ts'
import type { HealthCheck, ProbeAnswer } from './prober.ts'

const check: HealthCheck = { probe: { kind: 'tcp', port: 1 }, startDelayMs: 0, periodMs: 10_000, timeoutMs: 1_000, threshold: 3 }
const good: ProbeAnswer = { answer: 'good' }
const bad: ProbeAnswer = { answer: 'bad', reason: 'no' }
const unknown: ProbeAnswer = { answer: 'unknown', reason: 'containerd is away' }
const evenly = { next: () => 0.5 }

/** The states after answers at these times. */
function states(
  answers: readonly (readonly [atMs: number, answer: ProbeAnswer])[],
  changes: Partial<HealthCheck> = {},
  wasHealthy = false,
) {
  let course = newCourse(wasHealthy, 0)
  return answers.map(([atMs, answer]) => {
    course = judge(course, { ...check, ...changes }, answer, atMs)
    return course.state
  })
}

describe('the verdict about an instance', () => {
  it('is good after one good answer', () => {
    expect(states([[200, good]])).toEqual(['healthy'])
  })

  it('is bad after as many bad answers in a row as its threshold says', () => {
    const answers = [good, bad, bad, good, bad, bad, bad].map((answer, index) => [index * 10_000, answer] as const)
    expect(states(answers)).toEqual(['healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'healthy', 'unhealthy'])
  })

  it('counts one bad answer per period while it has never been good', () => {
    const at = [200, 600, 1_400, 9_000, 9_800, 18_900, 20_500, 28_000]
    expect(states(at.map((atMs) => [atMs, bad])).indexOf('unhealthy')).toBe(7)
  })

  it('counts no bad answer within the start delay, and every one once it was good', () => {
    const at = [1_000, 12_000, 24_000, 31_000, 41_000]
    expect(
      states(
        at.map((atMs) => [atMs, bad]),
        { startDelayMs: 60_000 },
      ),
    ).not.toContain('unhealthy')
    const afterGood = [
      [500, good],
      [1_000, bad],
      [11_000, bad],
      [21_000, bad],
    ] as const
    expect(states(afterGood, { startDelayMs: 60_000 }).at(-1)).toBe('unhealthy')
  })

  it('follows from no question that could not be asked', () => {
    expect(states([[0, good], ...[1, 2, 3, 4].map((n) => [n * 10_000, unknown] as const)]).at(-1)).toBe('healthy')
    expect(
      states([
        [10_000, bad],
        [20_000, bad],
        [30_000, unknown],
        [40_000, bad],
      ]).at(-1),
    ).toBe('unhealthy')
  })

  it('stays what it was for a process that was known before', () => {
    expect(
      states(
        [
          [0, bad],
          [10_000, bad],
        ],
        {},
        true,
      ),
    ).toEqual(['healthy', 'healthy'])
  })

  it('can become good again', () => {
    expect(
      states([
        [10_000, bad],
        [20_000, bad],
        [30_000, bad],
        [40_000, good],
      ]).slice(2),
    ).toEqual(['unhealthy', 'healthy'])
  })
})

describe('the distance to the next question', () => {
  const course = (changes: Partial<HealthCourse>) => ({ ...newCourse(false, 0), ...changes })

  it('is short at first, and grows to the period', () => {
    expect([0, 1, 2, 3, 4].map((answers) => nextQuestionMs(course({ answers }), check, evenly))).toEqual([200, 400, 800, 1_600, 1_600])
    expect(nextQuestionMs(course({ answers: 3 }), { ...check, periodMs: 1_000 }, evenly)).toBe(1_000)
    expect(nextQuestionMs(course({ state: 'healthy' }), check, evenly)).toBe(10_000)
  })

  it('differs by chance, and never keeps a core busy', () => {
    expect(nextQuestionMs(course({ state: 'healthy' }), check, { next: () => 0 })).toBe(9_000)
    expect(nextQuestionMs(course({ state: 'healthy' }), { ...check, periodMs: 0.001 }, evenly)).toBe(100)
  })
})
