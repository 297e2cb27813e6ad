import { silentLogger } from '@oakestra/base'
import { seededRandom, VirtualClock } from '@oakestra/base/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { FakeProber } from '../testing/fake-prober.ts'
import { HealthKeeper, type WatchedRun } from './health-keeper.ts'

const check = { probe: { kind: 'tcp', port: 80 }, startDelayMs: 0, periodMs: 10_000, timeoutMs: 1_000, threshold: 2 } as const
const run = (changes: Partial<WatchedRun> = {}): WatchedRun => ({
  id: 'a',
  pid: 1,
  address: '10.18.0.2',
  check,
  wasHealthy: false,
  ...changes,
})

let clock: VirtualClock
let prober: FakeProber
let keeper: HealthKeeper
let said: string[]

beforeEach(() => {
  clock = new VirtualClock()
  prober = new FakeProber()
  said = []
  const onVerdict = (id: string, verdict?: { state: string; reason: string }) =>
    void said.push(`${id} ${verdict ? `${verdict.state} ${verdict.reason}`.trim() : 'unwatched'}`)
  keeper = new HealthKeeper({ prober, clock, random: seededRandom(1), logger: silentLogger, onVerdict })
})

describe('the keeper of health', () => {
  it('asks what runs, and says what changes', async () => {
    keeper.watch(run())
    await clock.advance(60_000)
    prober.answer = () => ({ answer: 'bad', reason: 'no' })
    await clock.advance(30_000)
    expect(said).toEqual(['a starting', 'a healthy', 'a healthy no', 'a unhealthy no'])
    expect(prober.asked[0]).toEqual({ instanceId: 'a', address: '10.18.0.2', probe: check.probe, timeoutMs: 1_000 })
  })

  it('changes nothing when it is told of the same process again, and keeps its verdict when its check changes', async () => {
    keeper.watch(run())
    await clock.advance(15_000)
    keeper.watch(run({ wasHealthy: true }))
    keeper.watch(run({ check: { ...check, periodMs: 1_000 } }))
    expect(said).toEqual(['a starting', 'a healthy', 'a healthy'])
    prober.answer = () => ({ answer: 'bad', reason: 'no' })
    await clock.advance(2_500)
    expect(said.at(-1)).toBe('a unhealthy no')
  })

  it('begins anew with another process', async () => {
    keeper.watch(run())
    await clock.advance(15_000)
    keeper.watch(run({ pid: 2 }))
    expect(said.at(-1)).toBe('a starting')
  })

  it('stops asking about what is not watched any more', async () => {
    keeper.watch(run())
    await clock.advance(15_000)
    keeper.unwatch('a')
    const asked = prober.asked.length
    await clock.advance(60_000)
    expect(prober.asked).toHaveLength(asked)
    expect(said.at(-1)).toBe('a unwatched')
  })

  it('takes no answer for a bad one', async () => {
    prober.answer = () => 'hang'
    keeper.watch(run())
    await clock.advance(30_000)
    expect(said.at(-1)).toBe('a unhealthy it did not answer within 1000 ms')
    expect(prober.open).toBe(0)
  })

  it('takes a runtime that does not answer, or a prober that fails, for no answer at all', async () => {
    keeper.watch(run({ wasHealthy: true, check: { ...check, probe: { kind: 'command', command: ['/bin/true'] } } }))
    prober.answer = () => 'hang'
    await clock.advance(60_000)
    prober.answer = () => {
      throw new Error('out of sockets')
    }
    await clock.advance(60_000)
    expect(said).toEqual(['a healthy'])
  })

  it('asks a few at a time', async () => {
    prober.answer = () => 'hang'
    for (let index = 0; index < 61; index += 1) keeper.watch(run({ id: `i${index}` }))
    await clock.advance(30_000)
    expect(prober.openMax).toBe(16)
    expect(new Set(prober.asked.map(({ instanceId }) => instanceId)).size).toBe(61)
  })

  it('leaves nothing behind', async () => {
    prober.answer = () => 'hang'
    keeper.watch(run())
    await clock.advance(300)
    keeper[Symbol.dispose]()
    await clock.advance(60_000)
    expect([prober.open, prober.asked.length]).toEqual([0, 1])
  })
})
