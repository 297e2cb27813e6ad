import { VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { Liveness } from './liveness.ts'

const GRACE = { silent: 1_000, closed: 15_000, left: 60_000, unseen: 20_000 }
const BRAKE = { fraction: 0.55, least: 3, holdMs: 60_000 }

function watched(children: number) {
  const clock = new VirtualClock()
  const told: string[] = []
  const liveness = new Liveness({ clock, graceMs: GRACE, brake: BRAKE, onChange: (id) => told.push(id) })
  const ids = Array.from({ length: children }, (_, index) => `n${index}`)
  for (const id of ids) liveness.arrived(id)
  told.length = 0
  return { clock, told, liveness, ids }
}

describe('the presence of children', () => {
  it.each([
    ['silent', 1_000],
    ['closed', 15_000],
    ['left', 60_000],
  ] as const)('is lost some time after one went %s, and its parent is told', async (how, graceMs) => {
    const { clock, told, liveness } = watched(10)
    liveness.departed('n0', how)
    expect([liveness.presence('n0'), told]).toEqual(['away', ['n0']])
    await clock.advance(graceMs - 1)
    expect(liveness.presence('n0')).toBe('away')
    await clock.advance(1)
    expect([liveness.presence('n0'), told]).toEqual(['lost', ['n0', 'n0']])
  })

  it('counts the silence before the end of the connection', async () => {
    const { clock, liveness } = watched(10)
    await clock.advance(5_000)
    liveness.departed('n0', 'silent', 900)
    expect(liveness.awayMs('n0')).toBe(900)
    await clock.advance(100)
    expect(liveness.presence('n0')).toBe('lost')
  })

  it('is here again as soon as it returns, also after it was lost', async () => {
    const { clock, liveness } = watched(10)
    liveness.departed('n0', 'silent')
    await clock.advance(2_000)
    liveness.arrived('n0')
    expect([liveness.presence('n0'), liveness.patienceMs('n0')]).toEqual(['here', undefined])
    await clock.advance(100_000)
    expect(liveness.presence('n0')).toBe('here')
  })

  it('is not known to a parent that just started, until it arrives or one that lives would have', async () => {
    const { clock, liveness } = watched(10)
    for (const id of ['prompt', 'late']) liveness.expect(id)
    liveness.departed('n0', 'closed')
    const unheard = () => ['prompt', 'late', 'n0', 'n1', 'nobody'].filter((id) => liveness.isUnheard(id))
    expect(unheard()).toEqual(['prompt', 'late'])
    liveness.arrived('prompt')
    expect(unheard()).toEqual(['late'])
    await clock.advance(16_000)
    expect([unheard(), liveness.presence('late')]).toEqual([[], 'away'])
  })

  it('cannot be given up for a wish before one that lives could have returned to a parent that just started', async () => {
    const { clock, liveness } = watched(10)
    liveness.expect('late')
    liveness.departed('n0', 'closed')
    await clock.advance(5_000)
    expect([liveness.patienceMs('n0', 5_000), liveness.patienceMs('late', 5_000)]).toEqual([0, 11_000])
  })

  it('is no question for a parent that could take no note of anybody: it waits as after a start', async () => {
    const { clock, liveness } = watched(10)
    liveness.departed('n0', 'closed')
    liveness.departed('n1', 'silent')
    await clock.advance(5_000)
    liveness.beginAnew()
    expect([liveness.presence('n0'), liveness.presence('n1')]).toEqual(['away', 'lost'])
    expect(liveness.patienceMs('n0', 1_000)).toBe(16_000)
    await clock.advance(19_999)
    expect(liveness.presence('n0')).toBe('away')
    liveness.departed('n2', 'silent')
    expect(liveness.patienceMs('n2')).toBe(1_000)
  })

  it('of one that was never heard of is away for the grace of a start', async () => {
    const { clock, liveness } = watched(1)
    liveness.expect('late')
    await clock.advance(19_999)
    expect(liveness.presence('late')).toBe('away')
    await clock.advance(1)
    expect(liveness.presence('late')).toBe('lost')
  })

  it('gives each service the patience it asks for', async () => {
    const { clock, liveness } = watched(10)
    liveness.departed('n0', 'silent')
    await clock.advance(400)
    expect(liveness.patienceMs('n0')).toBe(600)
    expect(liveness.patienceMs('n0', 30_000)).toBe(29_600)
    expect(liveness.patienceMs('n0', 0)).toBe(0)
  })
})

describe('the brake', () => {
  it('holds when most children are gone at once, and no longer than it should', async () => {
    const { clock, liveness, ids } = watched(5)
    for (const id of ids.slice(0, 3)) liveness.departed(id, 'silent')
    await clock.advance(59_999)
    expect(ids.map((id) => liveness.presence(id))).toEqual(['away', 'away', 'away', 'here', 'here'])
    expect([liveness.isBraking, liveness.patienceMs('n0', 0)]).toEqual([true, 1])
    await clock.advance(1)
    expect(ids.map((id) => liveness.presence(id))).toEqual(['lost', 'lost', 'lost', 'here', 'here'])
  })

  it('lets go when enough return, and the others have the time to do so, too', async () => {
    const { clock, liveness, ids } = watched(5)
    for (const id of ids.slice(0, 4)) liveness.departed(id, 'silent')
    await clock.advance(10_000)
    for (const id of ids.slice(0, 3)) liveness.arrived(id)
    expect([liveness.isBraking, liveness.patienceMs('n3'), liveness.patienceMs('n3', 0)]).toEqual([false, 16_000, 16_000])
    await clock.advance(15_999)
    expect(liveness.presence('n3')).toBe('away')
    await clock.advance(1)
    expect(liveness.presence('n3')).toBe('lost')
  })

  it.each([2, 5])('gives none of %i up for the one that is back first after all were lost', async (count) => {
    const { clock, told, liveness, ids } = watched(count)
    for (const id of ids) liveness.departed(id, 'silent')
    await clock.advance(600_000)
    expect(ids.every((id) => liveness.presence(id) === 'lost')).toBe(true)
    told.length = 0
    liveness.arrived('n0')
    expect([liveness.presence('n1'), liveness.patienceMs('n1'), liveness.awayMs('n1')]).toEqual(['away', 16_000, 600_000])
    expect(new Set(told)).toEqual(new Set(ids))
    await clock.advance(10_000)
    for (const id of ids.slice(2)) liveness.arrived(id)
    await clock.advance(6_000)
    expect([liveness.presence('n1'), told.at(-1)]).toEqual(['lost', 'n1'])
  })

  it('does not hold for one of two, whose instances have somewhere to go', async () => {
    const { clock, liveness } = watched(2)
    liveness.departed('n0', 'silent')
    await clock.advance(1_000)
    expect(liveness.presence('n0')).toBe('lost')
  })

  it('does not take back what was decided', async () => {
    const { clock, liveness } = watched(5)
    liveness.departed('n0', 'silent')
    await clock.advance(1_000)
    for (const id of ['n1', 'n2', 'n3']) liveness.departed(id, 'silent')
    expect([liveness.isBraking, liveness.presence('n0'), liveness.patienceMs('n0')]).toEqual([true, 'lost', 0])
  })
})
