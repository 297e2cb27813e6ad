import { VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { Pulse } from './pulse.ts'

const OPTIONS = { pingMs: 1000, leaseMs: 3000, stallMs: 30_000 }

function fakeConnection() {
  const seen = { bytesHeard: 0, signsHeard: 0, signs: 0, asked: 0, expired: [] as number[], stalled: [] as number[] }
  return {
    seen,
    get bytesHeard() {
      return seen.bytesHeard
    },
    get signsHeard() {
      return seen.signsHeard
    },
    ask: () => void (seen.asked += 1),
    stall: (stalledMs: number) => void seen.stalled.push(stalledMs),
    sendSign: () => void (seen.signs += 1),
    expire: (silentMs: number) => void seen.expired.push(silentMs),
  }
}

describe('Pulse', () => {
  it('sends a sign of life each period', async () => {
    const clock = new VirtualClock()
    const pulse = new Pulse({ ...OPTIONS, clock })
    const connection = fakeConnection()
    pulse.add(connection)
    for (let count = 0; count < 10; count += 1) {
      connection.seen.bytesHeard += 1
      await clock.advance(1000)
    }
    expect(connection.seen).toMatchObject({ signs: 10, expired: [] })
  })

  it('takes any byte for a sign, also one in the middle of a large message', async () => {
    const clock = new VirtualClock()
    const pulse = new Pulse({ ...OPTIONS, clock })
    const connection = fakeConnection()
    pulse.add(connection)
    for (let count = 0; count < 20; count += 1) {
      await clock.advance(2000)
      connection.seen.bytesHeard += 1
    }
    expect(connection.seen.expired).toEqual([])
    await clock.advance(3300)
    expect(connection.seen.expired.length).toBeGreaterThan(0)
  })

  it('asks beside the connection from half a lease on, and believes what comes that way', async () => {
    const clock = new VirtualClock()
    const pulse = new Pulse({ ...OPTIONS, clock })
    const connection = fakeConnection()
    pulse.add(connection)
    await clock.advance(1250)
    expect(connection.seen.asked).toBe(0)
    for (let count = 0; count < 20; count += 1) {
      await clock.advance(1000)
      if (count % 2 === 0) connection.seen.signsHeard += 1
    }
    expect(connection.seen).toMatchObject({ expired: [], stalled: [] })
    expect(connection.seen.asked).toBeGreaterThan(10)
    await clock.advance(3500)
    expect(connection.seen.expired.length).toBeGreaterThan(0)
  })

  it('gives up a connection that moves nothing for long, though its far end lives', async () => {
    const clock = new VirtualClock()
    const pulse = new Pulse({ ...OPTIONS, clock })
    const connection = fakeConnection()
    pulse.add(connection)
    for (let count = 0; count < 30; count += 1) {
      connection.seen.signsHeard += 1
      await clock.advance(999)
    }
    expect(connection.seen.stalled).toEqual([])
    connection.seen.signsHeard += 1
    await clock.advance(500)
    expect(connection.seen.stalled[0]).toBeGreaterThanOrEqual(30_000)
    expect(connection.seen.expired).toEqual([])
  })

  it('does not blame others for the time in which it stood still itself', async () => {
    const clock = new StallingClock()
    const pulse = new Pulse({ ...OPTIONS, clock })
    const connection = fakeConnection()
    pulse.add(connection)
    await clock.advance(1000)
    clock.stall(60_000)
    await clock.advance(1500)
    expect(connection.seen.expired).toEqual([])
    await clock.advance(2000)
    expect(connection.seen.expired.length).toBeGreaterThan(0)
  })

  it('needs no timer while nobody is connected', async () => {
    const clock = new VirtualClock()
    let timers = 0
    const counting = new Proxy(clock, {
      get(target, key) {
        if (key === 'after') timers += 1
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
    const pulse = new Pulse({ ...OPTIONS, clock: counting })
    const connection = fakeConnection()
    pulse.add(connection)
    pulse.remove(connection)
    const before = timers
    await clock.advance(10_000)
    expect(timers).toBe(before)
  })
})

/** Time that goes on while nothing runs, as when a process is stopped. */
class StallingClock extends VirtualClock {
  #extraMs = 0

  stall(durationMs: number): void {
    this.#extraMs += durationMs
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.#extraMs
  }
}
