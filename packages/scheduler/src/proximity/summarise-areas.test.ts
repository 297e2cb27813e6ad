import type { GeoArea, GeoPoint } from '@oakestra/model'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kmBetween, sitesOf } from './sites.ts'
import { summariseAreas } from './summarise-areas.ts'

const anyPoint: fc.Arbitrary<GeoPoint> = fc.oneof(
  fc.record({ lat: fc.double({ min: -90, max: 90, noNaN: true }), lon: fc.double({ min: -180, max: 180, noNaN: true }) }),
  fc.constantFrom({ lat: 0, lon: 180 }, { lat: 0, lon: -180 }, { lat: 0, lon: 0 }, { lat: 90, lon: 7 }, { lat: -90, lon: 7 }),
)

const isWithin = (point: GeoPoint, areas: readonly GeoArea[]) =>
  kmBetween(sitesOf(areas, []), sitesOf([{ ...point, radiusKm: 0 }], []), 0) < 0.001

describe('the areas of a cluster', () => {
  it('hold every point, and are no more than asked for', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 150 }), fc.integer({ min: 0, max: 8 }), (points, max) => {
        const areas = summariseAreas(points, max)
        expect(areas.length).toBeLessThanOrEqual(Math.max(1, max))
        for (const point of points) expect(isWithin(point, areas)).toBe(true)
        for (const { lat, lon, radiusKm } of areas) {
          expect([Math.abs(lat) <= 90, Math.abs(lon) <= 180, radiusKm >= 0]).toEqual([true, true, true])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('are the same whatever the order of the points', () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { maxLength: 100 }), (points) => {
        expect(summariseAreas(points.toReversed(), 4)).toEqual(summariseAreas(points, 4))
      }),
    )
  })

  it('are the places themselves while these are few', () => {
    const munich = { lat: 48.137, lon: 11.575 }
    expect(summariseAreas([munich, munich], 4)).toEqual([{ ...munich, radiusKm: 0 }])
    expect(summariseAreas([], 4)).toEqual([])
  })

  it('join what is near and keep apart what is far, across the date line too', () => {
    const areas = summariseAreas(
      [
        { lat: 48.1, lon: 11.5 },
        { lat: 48.3, lon: 11.7 },
        { lat: -17, lon: 179.9 },
        { lat: -17, lon: -179.9 },
      ],
      2,
    )
    expect(areas).toHaveLength(2)
    for (const { radiusKm } of areas) expect(radiusKm).toBeLessThan(20)
  })

  it('are told of ten thousand nodes', () => {
    const points = Array.from({ length: 10_000 }, (_, index) => ({ lat: 48 + (index % 100) / 50, lon: 11 + Math.floor(index / 100) / 50 }))
    expect(summariseAreas(points, 8).length).toBeLessThanOrEqual(8)
  })
})
