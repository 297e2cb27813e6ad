import { VirtualClock } from '@oakestra/base/testing'
import { describe, expect, it } from 'vitest'
import { Departures } from './departures.ts'

function watched() {
  const clock = new VirtualClock()
  const retried: string[] = []
  return { clock, retried, departures: new Departures(clock, (id) => retried.push(id)) }
}

describe('instances that leave by plan', () => {
  it('go one of a service at a time, the next when the last is ready again', () => {
    const { departures, retried } = watched()
    expect(departures.mayBegin('web-1', 'web', 'drain')).toBe(true)
    departures.begun('web-1', 'web')
    expect(departures.mayBegin('web-2', 'web', 'drain')).toBe(false)
    expect(departures.mayBegin('db-1', 'db', 'drain')).toBe(true)
    departures.settled('web-1')
    expect(retried).toEqual(['web-2'])
    expect(departures.mayBegin('web-2', 'web', 'drain')).toBe(true)
  })

  it('do not wait for ever for one that does not become ready', async () => {
    const { clock, departures } = watched()
    departures.begun('web-1', 'web')
    await clock.advance(121_000)
    expect(departures.mayBegin('web-2', 'web', 'drain')).toBe(true)
  })

  it('go in groups, except where somebody waits for them', () => {
    const { departures } = watched()
    for (let index = 0; index < 16; index += 1) departures.begun(`a-${index}`, `s${index}`)
    expect(departures.mayBegin('web-1', 'web', 'strikes')).toBe(false)
    expect(departures.mayBegin('web-1', 'web', 'operator')).toBe(true)
  })

  it('are asked again without asking everybody who waits', () => {
    const { departures, retried } = watched()
    departures.begun('web-0', 'web')
    for (let index = 1; index < 1_000; index += 1) departures.mayBegin(`web-${index}`, 'web', 'drain')
    departures.settled('web-0')
    expect(retried).toEqual(['web-1'])
  })
})
