import { OakError } from '@oakestra/base'
import { describe, expect, it } from 'vitest'
import { nextStep } from './next-step.ts'

const backoff = { firstMs: 100, maxMs: 1000 }
const longest = { next: () => 1 }
const failed = (error: OakError) => ({ state: 'failed', error }) as const

describe('the next step of a key', () => {
  it('is nothing when it is settled, whatever failed before', () => {
    expect(nextStep({ state: 'settled' }, 7, backoff, longest)).toEqual({ phase: 'settled', failures: 0 })
  })

  it('is another look when it waits, and that is no failure', () => {
    const step = nextStep({ state: 'waiting', on: 'the image', recheckMs: 500 }, 3, backoff, longest)
    expect(step).toEqual({ phase: 'waiting', failures: 0, reason: 'the image', delayMs: 500 })
  })

  it('never is another look at once', () => {
    expect(nextStep({ state: 'waiting', on: 'x', recheckMs: 0 }, 0, backoff, longest).delayMs).toBe(10)
  })

  it.each([
    [0, 100],
    [1, 200],
    [3, 800],
    [4, 1000],
    [1000, 1000],
  ])('is another try after %i failures in at most %i ms', (failures, delayMs) => {
    const error = new OakError('unavailable', 'no link')
    expect(nextStep(failed(error), failures, backoff, longest)).toEqual({
      phase: 'failing',
      failures: failures + 1,
      reason: 'no link',
      delayMs,
    })
  })

  it('spreads tries over the upper half of the delay', () => {
    expect(nextStep(failed(new OakError('unavailable', 'no link')), 0, backoff, { next: () => 0 }).delayMs).toBe(50)
  })

  it('is nothing when trying again cannot help', () => {
    const step = nextStep(failed(new OakError('image-not-found', 'no such image')), 0, backoff, longest)
    expect(step).toEqual({ phase: 'stuck', failures: 1, reason: 'no such image' })
  })

  it('is another try when the run was called off', () => {
    expect(nextStep(failed(new OakError('aborted', 'called off')), 0, backoff, longest).phase).toBe('failing')
  })
})
