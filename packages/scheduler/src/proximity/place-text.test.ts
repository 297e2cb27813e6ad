import { describe, expect, it } from 'vitest'
import { place } from '../place.ts'
import type { Constraint, Proximity } from '../placement.ts'
import { candidateOf, requestOf, slotOf } from '../testing/samples.ts'
import { geoText, parseGeoArea } from './geo-text.ts'
import { findPlaces, resolvePlaces } from './place-text.ts'

const proximity: Proximity = {
  knownAreas: { munich: { lat: 48.14, lon: 11.58 }, 'a=b|c': { lat: 1, lon: 2 } },
  serviceAreas: { db: [{ lat: 50, lon: 10, radiusKm: 2.5 }], cache: [] },
  serviceCoordinates: {
    db: [
      { position: [1.2, 2, -3.4], heightMs: 0.6, error: 0.1 },
      { position: [0, 0, 0], heightMs: 1, error: 1 },
    ],
  },
}

describe('names of places, handed to a tier that does not know them', () => {
  it('are followed by what they stand for', () => {
    const constraints: Constraint[] = [
      { type: 'geo', location: 'munich', thresholdKm: 5 },
      { type: 'latency', area: 'db', thresholdMs: 5 },
      { type: 'latency', area: '48,11', thresholdMs: 5 },
      { type: 'latency', area: 'cache', thresholdMs: 5 },
      { type: 'labels', needs: ['a=b'] },
    ]
    const resolved = resolvePlaces(constraints, proximity)
    expect(resolved).toEqual([
      { type: 'geo', location: 'munich = 48.14,11.58', thresholdKm: 5 },
      { type: 'latency', area: 'db = 50,10,2500 | rtt:1,2,-3,1', thresholdMs: 5 },
      ...constraints.slice(2),
    ])
    expect(resolvePlaces(resolved, {})).toEqual(resolved)
  })

  it('are understood there, and called by their names', () => {
    expect(findPlaces('db = 50,10,2500 | rtt:1,2,-3,1', {})).toEqual({
      label: 'db',
      areas: [{ lat: 50, lon: 10, radiusKm: 2.5 }],
      coordinates: [{ position: [1, 2, -3], heightMs: 1, error: 0 }],
    })
    const [rule] = resolvePlaces([{ type: 'geo', location: 'munich', thresholdKm: 5 }], proximity)
    const far = candidateOf('n', [slotOf()], { areas: [{ lat: 50, lon: 10, radiusKm: 0 }] })
    expect(place(requestOf({ constraints: rule ? [rule] : [] }), [far])).toMatchObject({
      rejection: { candidates: [{ reasons: ['is 237 km away from munich, a geo constraint allows 5 km'] }] },
    })
  })

  it('may look like anything', () => {
    const [rule] = resolvePlaces([{ type: 'latency', area: 'a=b|c', thresholdMs: 5 }], proximity)
    expect(rule).toMatchObject({ area: 'a=b|c = 1,2' })
    expect(findPlaces('a=b|c = 1,2', {})).toMatchObject({ label: 'a=b|c', areas: [{ lat: 1, lon: 2 }] })
    for (const name of ['constructor', '__proto__', '=', '|', 'rtt:1,2', 'rtt:a,b,c,d']) expect(findPlaces(name, proximity)).toBeUndefined()
  })
})

describe('the text of a place', () => {
  it('is read with its radius in metres', () => {
    expect(parseGeoArea('48.26,11.67,1000')).toEqual({ lat: 48.26, lon: 11.67, radiusKm: 1 })
    expect(parseGeoArea('11.67;48.26')).toEqual({ lat: 48.26, lon: 11.67, radiusKm: 0 })
    expect(parseGeoArea('somewhere')).toBeUndefined()
    expect(parseGeoArea('1e1,2')).toBeUndefined()
  })

  it('can be read again after it was written', () => {
    for (const area of [
      { lat: -0.00001, lon: 179.99999, radiusKm: 12.345 },
      { lat: 90, lon: -180, radiusKm: 0 },
    ]) {
      expect(parseGeoArea(geoText(area))).toEqual(area)
    }
  })
})
