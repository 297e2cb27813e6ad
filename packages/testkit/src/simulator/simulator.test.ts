import { describe, expect, it } from 'vitest'
import { REGRESSIONS } from './regressions.ts'
import { renderFailure } from './render.ts'
import { type SimulationOptions, simulate } from './simulate.ts'

const PATIENT = { timeout: 180_000 }

async function expectGood(options: SimulationOptions): Promise<void> {
  const result = await simulate(options)
  if (result.failures.length > 0) expect.fail(renderFailure(options, { result }))
}

const seeds = (count: number, from = 1) => Array.from({ length: count }, (_, index) => from + index)

describe('a simulated system', () => {
  it('goes the same way whenever its seed is played', PATIENT, async () => {
    const play = () => simulate({ seed: 42, faults: 60, size: 'medium' })
    const [first, second] = [await play(), await play()]
    expect(second.digest).toBe(first.digest)
    expect((await simulate({ seed: 43, faults: 60, size: 'medium' })).digest).not.toBe(first.digest)
  })

  it.each(seeds(2).map((tens) => [tens * 8 - 7, tens * 8] as const))(
    'loses nothing, leaves nothing and starts nothing without a reason, whatever breaks: seeds %i to %i',
    PATIENT,
    async (from, to) => {
      for (const seed of seeds(to - from + 1, from)) await expectGood({ seed, faults: 60, size: 'medium' })
    },
  )

  it('keeps what is healthy and loses no change while links come and go', PATIENT, async () => {
    for (const seed of seeds(30, 1_000)) await expectGood({ seed, faults: 12, size: 'small', campaign: 'partitions' })
  })

  it('starts again what is asked to be, once for each time, whatever breaks', PATIENT, async () => {
    for (const seed of seeds(2, 2_000)) await expectGood({ seed, faults: 60, size: 'small', campaign: 'restarts' })
  })

  it.each(REGRESSIONS)('does not fail again: $why (seed $seed)', PATIENT, async ({ why: _why, ...options }) => {
    await expectGood(options)
  })
})
