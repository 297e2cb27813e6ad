import type { DisconnectPolicy } from '@oakestra/sla'
import { describe, expect, it } from 'vitest'
import { patienceOf } from './patience.ts'

/** Says what was asked for. */
const waiting = { patienceMs: (_clusterId: string, afterMs?: number) => afterMs ?? -1 }
const patience = (disconnect: Partial<DisconnectPolicy>, isSentAway = false) =>
  patienceOf(waiting, {
    clusterId: 'c',
    disconnect: { action: 'replace', siteOnly: false, ...disconnect },
    stopGraceMs: 10_000,
    isSentAway,
  })

describe('a service decides how long its instances wait for their cluster', () => {
  it('as long as root waits for the cluster, when it says nothing', () => {
    expect(patience({})).toBe(-1)
  })
  it('as long as it says', () => {
    expect(patience({ afterMs: 30_000 })).toBe(30_000)
  })
  it('for ever with `keep`, unless an operator sends them away', () => {
    expect(patience({ action: 'keep' })).toBeUndefined()
    expect(patience({ action: 'keep' }, true)).toBe(-1)
  })
  it('until they have surely ended themselves with `stop`, whoever asks', () => {
    expect(patience({ action: 'stop', afterMs: 30_000 })).toBe(50_000)
    expect(patience({ action: 'stop', afterMs: 30_000 }, true)).toBe(50_000)
    expect(patience({ action: 'stop' })).toBe(320_000)
  })
  it('for ever with `site_only`', () => {
    expect(patience({ siteOnly: true, afterMs: 1 })).toBeUndefined()
    expect(patience({ siteOnly: true }, true)).toBeUndefined()
  })
})
