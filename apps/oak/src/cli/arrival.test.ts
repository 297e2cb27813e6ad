import { describe, expect, it } from 'vitest'
import type { InstanceView } from '../client/types.ts'
import { Arrival } from './arrival.ts'

const is = (status: string, restarts = 0): readonly InstanceView[] => [{ instance_number: 0, status, restarts }]

/** The kind of each verdict, looks a second apart. */
function verdicts(...looks: readonly (readonly InstanceView[])[]): readonly string[] {
  const arrival = new Arrival()
  return looks.map((instances, second) => {
    const verdict = arrival.judge(instances, second * 1_000)
    return verdict.kind === 'refused' && verdict.isFinal ? 'refused for good' : verdict.kind
  })
}

const times = (count: number, ...looks: readonly (readonly InstanceView[])[]) => Array.from({ length: count }, () => looks).flat()

describe('what is waited for', () => {
  it('has arrived when all of it runs and goes on running, or has completed', () => {
    const mixed = [...is('RUNNING'), ...is('COMPLETED')]
    expect(verdicts([], is('CREATING'), mixed, mixed)).toEqual(['waiting', 'waiting', 'waiting', 'arrived'])
    expect(verdicts(is('RUNNING'), is('DEAD'), is('RUNNING', 1))).toEqual(['waiting', 'waiting', 'waiting'])
    expect(verdicts(is('COMPLETED'))).toEqual(['arrived'])
  })

  it('is refused for good when the refusal outlasts what may be ending just now', () => {
    expect(verdicts(...times(12, is('NO_WORKER_CAPACITY')), is('COMPLETED'))).toEqual([...Array(12).fill('refused'), 'arrived'])
    expect(verdicts(...times(13, is('NO_WORKER_CAPACITY'))).at(-1)).toBe('refused for good')
  })

  it('has failed at once when a node gave it up', () => {
    expect(verdicts(is('FAILED'))).toEqual(['failed'])
  })

  it('has to run for a moment once it has ended', () => {
    expect(verdicts(is('RUNNING', 7), is('RUNNING', 7))).toEqual(['waiting', 'arrived'])
    const looks = verdicts(is('DEAD'), ...times(4, is('RUNNING', 1)))
    expect(looks).toEqual(['waiting', 'waiting', 'waiting', 'waiting', 'arrived'])
    expect(verdicts(is('CREATING'), is('RUNNING', 1))).toEqual(['waiting', 'waiting'])
  })

  it('keeps ending when it never runs for a moment', () => {
    const looks = verdicts(...times(11, is('RUNNING'), is('DEAD')).slice(1))
    expect(looks).toEqual([...Array(20).fill('waiting'), 'keeps-ending'])
  })
})
