import { VirtualClock } from '@oakestra/base/testing'
import type { Workload } from '@oakestra/runtime'
import { describe, expect, it } from 'vitest'
import { RunTimes } from './run-times.ts'
import type { LocalInstance } from './state.ts'
import { sampleSpec } from './testing/sample-spec.ts'

const running = (pid: number): Workload => ({ id: 'a', revision: 1, state: { state: 'running', pid } })
const exited = (finishedAtMs: number): Workload => ({
  id: 'a',
  revision: 1,
  state: { state: 'exited', exitCode: 1, outOfMemory: false, finishedAtMs },
})
const common = { id: 'a', spec: sampleSpec(), namespaceV4: '', namespaceV6: '', attached: true, restarts: 0, strikes: 0 }
const local = (startedAtMs: number): LocalInstance => ({ ...common, startedAtMs })

describe('the time a process has run', () => {
  it('counts from its start to its end, and anew for the next', async () => {
    const clock = new VirtualClock()
    const times = new RunTimes(clock)
    times.note('a', running(1))
    await clock.advance(5_000)
    clock.jumpWall(1e9)
    times.note('a', running(1))
    expect(times.ranMs(local(0), running(1))).toBe(5_000)
    times.note('a', exited(0))
    await clock.advance(5_000)
    times.note('a', exited(0))
    expect(times.ranMs(local(0), exited(0))).toBe(5_000)
    times.note('a', running(2))
    expect(times.ranMs(local(0), running(2))).toBe(0)
  })

  it('follows from the records when nobody saw it run, and is never negative', () => {
    const times = new RunTimes(new VirtualClock())
    expect(times.ranMs(local(1_000), exited(4_000))).toBe(3_000)
    expect(times.ranMs(local(5_000), exited(4_000))).toBe(0)
    expect(times.ranMs(undefined, exited(4_000))).toBe(0)
    expect(times.ranMs(local(5_000), undefined)).toBe(0)
  })
})
