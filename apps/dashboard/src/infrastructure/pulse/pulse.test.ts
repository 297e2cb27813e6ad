import { ApiError, type ServerEvent } from '@oakestra/api-client'
import { until, VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { Pulse } from './pulse.ts'

const METRICS = { id: '', type: 'metrics', data: JSON.stringify({ timeMs: 5, now: [] }) }
const ALERTS = { id: '', type: 'alerts', data: JSON.stringify([{ id: 'a' }]) }

function opened(connect: (signal: AbortSignal) => AsyncGenerator<ServerEvent>) {
  const clock = new VirtualClock()
  const pulse = new Pulse({ clock, open: (signal) => connect(signal) })
  pulse.start()
  return { clock, pulse, state: () => pulse.beat().state.kind }
}

describe('the pulse of the control plane', () => {
  it('tells numbers and alerts, and since when they are old once the stream ends', async () => {
    let end = () => {}
    const { pulse, state } = opened(async function* () {
      yield METRICS
      yield ALERTS
      await new Promise<void>((resolve) => (end = resolve))
    })
    await until('it is live', async () => state() === 'live' && pulse.beat().alerts?.length === 1)
    end()
    await until('it is stale', async () => state() === 'stale')
    expect(pulse.beat().state).toEqual({ kind: 'stale', sinceMs: 5 })
    pulse.stop()
  })

  it('says so when somebody may not see it', async () => {
    const { pulse, state } = opened(async function* () {
      yield METRICS
      throw new ApiError(403, 'not for you')
    })
    await until('it is refused', async () => state() === 'forbidden')
    pulse.stop()
  })
})
