import { STATUS_WORDS } from '@oakestra/model'
import { describe, expect, it } from 'vitest'
import { failureOf, sentence } from '../api/failure.ts'
import { staleKeys } from '../live/stale-keys.ts'
import { groupReasons } from '../pages/service/reasons.ts'
import { placeOf } from '../pages/topology/place-of.ts'
import { bytesText, count, percentText } from './amounts.ts'
import { happenedText, objectText } from './events.ts'
import { statusText } from './status.ts'
import { agoText } from './times.ts'

describe('words', () => {
  it('exist for every status there is', () => {
    for (const word of STATUS_WORDS) expect(statusText(word).text).not.toBe(word)
    expect(statusText('SOMETHING_NEW')).toEqual({ tone: 'calm', text: 'SOMETHING_NEW' })
  })

  it('tell amounts so that they can be read', () => {
    expect([0, 1023, 1536, 10 * 1024 ** 2, 2.5 * 1024 ** 3].map(bytesText)).toEqual(['0 B', '1023 B', '1.5 KiB', '10 MiB', '2.5 GiB'])
    expect([0, 0.42, 7, 99.6].map(percentText)).toEqual(['0 %', '0.4 %', '7 %', '100 %'])
    expect([count(1, 'node'), count(1200, 'node')]).toEqual(['1 node', '1,200 nodes'])
  })

  it('tell how long ago something was', () => {
    const now = 10 ** 12
    expect([1_000, 42_000, 61_000, 7_200_000, 100_000_000, 10 ** 9].map((ms) => agoText(now - ms, now))).toEqual([
      'just now',
      '42 s ago',
      '1 min ago',
      '2 h ago',
      'yesterday',
      '11 days ago',
    ])
  })

  it('make sentences of what servers say', () => {
    expect(sentence('no room')).toBe('No room.')
    expect(sentence('Really?')).toBe('Really?')
    expect(failureOf(new Error('x is undefined'))).toMatchObject({ text: 'X is undefined.', transient: true })
  })

  it('tell events by the thing they are about', () => {
    expect(objectText({ type: 'instance', id: 'i', name: 'shop.prod.web.prod.3' })).toBe('web 3')
    expect(happenedText({ kind: 'instance.status', details: { to: 'RUNNING' } })).toBe('Running.')
    expect(happenedText({ kind: 'instance.rejected', reason: 'no cluster has room' })).toBe('No place was found. No cluster has room.')
  })
})

it('puts those that were turned down for the same together, the most common reason first', () => {
  const candidates = [
    { id: '1', name: 'a', reasons: ['too far'] },
    { id: '2', name: 'b', reasons: ['needs memory'] },
    { id: '3', name: 'c', reasons: ['needs memory'] },
  ]
  expect(groupReasons(candidates)).toEqual([
    { names: ['b', 'c'], reasons: ['needs memory'] },
    { names: ['a'], reasons: ['too far'] },
  ])
})

it('knows what is old once an instance changed: its service, the lists that hold it, and the nodes', () => {
  const object = { type: 'instance', id: 'i' } as const
  expect(staleKeys({ kind: 'instance.status', object, serviceId: 's' })).toEqual([['services'], ['service', 's'], ['nodes']])
})

it('reads places as clusters tell them, and takes free text for none', () => {
  expect(placeOf('48.1,11.6,5000')).toEqual({ lat: 48.1, lon: 11.6, radiusM: 5000 })
  expect(placeOf('48.1, 11.6')).toMatchObject({ radiusM: 0 })
  for (const text of ['', 'Munich', '91,0', 'a,b', '1,2,3,4']) expect(placeOf(text)).toBeUndefined()
})
