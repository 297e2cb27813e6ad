import { VirtualClock } from '@oakestra/base/testing'
import type { ObservedInstance } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { Troubles } from './troubles.ts'

const rejection = { word: 'NO_WORKER_CAPACITY', detail: 'no node has the memory', candidates: [] } as const
const observed = (changes: Partial<ObservedInstance>): ObservedInstance => ({
  instanceId: 'i1',
  revision: 1,
  state: 'unplaced',
  detail: '',
  restarts: 0,
  ...changes,
})

function troubles() {
  const clock = new VirtualClock()
  return { clock, known: new Troubles(clock, 10_000) }
}

describe('what clusters cannot run', () => {
  it('is given time from the first refusal on', async () => {
    const { clock, known } = troubles()
    known.note(observed({ rejection }), 'c1')
    await clock.advance(4_000)
    known.note(observed({ rejection: { ...rejection, detail: 'no node has the ports' } }), 'c1')
    expect(known.of('i1', 'c1')).toEqual({ reason: 'no node has the ports', waitMs: 6_000 })
    await clock.advance(60_000)
    expect(known.of('i1', 'c1')?.waitMs).toBe(0)
  })

  it('is given no more time once every node was tried in vain', () => {
    const { known } = troubles()
    known.note(observed({ state: 'failed', detail: 'could not be run on 3 nodes', exhausted: true }), 'c1')
    expect(known.of('i1', 'c1')).toEqual({ reason: 'could not be run on 3 nodes', waitMs: 0 })
  })

  it('is forgotten when it runs, and does not follow an instance to another cluster', async () => {
    const { clock, known } = troubles()
    known.note(observed({ rejection }), 'c1')
    expect(known.of('i1', 'c2')).toBeUndefined()
    await clock.advance(9_000)
    known.note(observed({ rejection }), 'c2')
    expect(known.of('i1', 'c2')?.waitMs).toBe(10_000)
    known.note(observed({ state: 'running' }), 'c2')
    expect(known.has('i1')).toBe(false)
  })

  it.each(['creating', 'dead', 'failed', 'completed'] as const)('is not an instance that is %s, which its cluster deals with', (state) => {
    const { known } = troubles()
    known.note(observed({ state }), 'c1')
    known.note(observed({ state: 'unplaced' }), 'c1')
    expect(known.has('i1')).toBe(false)
  })
})
