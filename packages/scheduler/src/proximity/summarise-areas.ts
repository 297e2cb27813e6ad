import type { GeoArea, GeoPoint } from '@oakestra/model'
import { EARTH_RADIUS_KM } from './sites.ts'

/** Circles that are compared in pairs: bounds the work, whatever the number of nodes. */
const CIRCLES_MAX = 64

/** Half of the earth's circumference: a circle of this radius is everywhere. */
const EVERYWHERE_KM = Math.PI * EARTH_RADIUS_KM

/** Circles are told in steps of about a metre, so that rounding of sines does not make another circle. */
const DECIMALS = 5
const ROUNDING_KM = 0.002

/**
 * At most `max` circles (at least one) that together hold all points: the two that make the smallest circle together are merged until
 * they are few enough. Points that stay alone keep their place with radius 0. The same points in any order give the same circles.
 */
export function summariseAreas(points: readonly GeoPoint[], max: number): GeoArea[] {
  const circles = sorted(gathered(points))
  while (circles.length > Math.max(1, max)) mergeClosest(circles)
  return sorted(circles.map(tidy))
}

/** The distinct points; when they are too many to compare, one circle for each field of a grid, as fine as it may be. */
function gathered(points: readonly GeoPoint[]): GeoArea[] {
  const distinct = new Map<string, GeoArea>()
  for (const { lat, lon } of points) distinct.set(`${lat},${lon}`, { lat, lon, radiusKm: 0 })
  let circles = [...distinct.values()]
  for (let degrees = 0.01; circles.length > CIRCLES_MAX; degrees *= 2) circles = fieldsOf([...distinct.values()], degrees)
  return circles
}

function fieldsOf(points: readonly GeoArea[], degrees: number): GeoArea[] {
  const fields = new Map<string, GeoArea[]>()
  for (const point of points) {
    const key = `${Math.floor(point.lat / degrees)},${Math.floor(point.lon / degrees)}`
    const field = fields.get(key)
    if (field) field.push(point)
    else fields.set(key, [point])
  }
  return [...fields.values()].map((field) => sorted(field).reduce(circleAround))
}

function mergeClosest(circles: GeoArea[]): void {
  let best = { first: 0, second: 1, radiusKm: Number.POSITIVE_INFINITY }
  circles.forEach((a, first) => {
    for (let second = first + 1; second < circles.length; second += 1) {
      const b = circles[second]
      const radiusKm = b ? radiusAround(a, b, distanceKm(a, b)) : Number.POSITIVE_INFINITY
      if (radiusKm < best.radiusKm) best = { first, second, radiusKm }
    }
  })
  const [a, b] = [circles[best.first], circles[best.second]]
  if (!a || !b) return
  circles.splice(best.second, 1)
  circles[best.first] = circleAround(a, b)
}

function radiusAround(a: GeoArea, b: GeoArea, apartKm: number): number {
  return Math.min(EVERYWHERE_KM, Math.max(a.radiusKm, b.radiusKm, (apartKm + a.radiusKm + b.radiusKm) / 2))
}

/** The smallest circle that holds both. */
function circleAround(a: GeoArea, b: GeoArea): GeoArea {
  const apartKm = distanceKm(a, b)
  if (apartKm + b.radiusKm <= a.radiusKm) return a
  if (apartKm + a.radiusKm <= b.radiusKm) return b
  // Between antipodes every way is the shortest, and no point is between.
  if (apartKm > EVERYWHERE_KM - 1) return { lat: a.lat, lon: a.lon, radiusKm: EVERYWHERE_KM }
  const radiusKm = radiusAround(a, b, apartKm)
  return { ...pointBetween(a, b, apartKm === 0 ? 0 : (radiusKm - a.radiusKm) / apartKm), radiusKm }
}

type Vector = readonly [number, number, number]

function vectorOf({ lat, lon }: GeoPoint): Vector {
  const [phi, lambda] = [(lat * Math.PI) / 180, (lon * Math.PI) / 180]
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)]
}

function distanceKm(a: GeoPoint, b: GeoPoint): number {
  const [[ax, ay, az], [bx, by, bz]] = [vectorOf(a), vectorOf(b)]
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.hypot(ax - bx, ay - by, az - bz) / 2))
}

/** The point on the great circle from `a` to `b` at a share of the way; they are no antipodes. */
function pointBetween(a: GeoPoint, b: GeoPoint, share: number): GeoPoint {
  const angle = distanceKm(a, b) / EARTH_RADIUS_KM
  if (Math.sin(angle) < 1e-9) return { lat: a.lat, lon: a.lon }
  const [wa, wb] = [Math.sin((1 - share) * angle) / Math.sin(angle), Math.sin(share * angle) / Math.sin(angle)]
  const [[ax, ay, az], [bx, by, bz]] = [vectorOf(a), vectorOf(b)]
  const [x, y, z] = [wa * ax + wb * bx, wa * ay + wb * by, wa * az + wb * bz]
  return { lat: (Math.atan2(z, Math.hypot(x, y)) * 180) / Math.PI, lon: (Math.atan2(y, x) * 180) / Math.PI }
}

function tidy({ lat, lon, radiusKm }: GeoArea): GeoArea {
  if (radiusKm === 0) return { lat, lon, radiusKm }
  const grown = Math.min(EVERYWHERE_KM, Math.ceil((radiusKm + ROUNDING_KM) * 1000) / 1000)
  return { lat: Number(lat.toFixed(DECIMALS)), lon: Number(lon.toFixed(DECIMALS)), radiusKm: grown }
}

function sorted(areas: readonly GeoArea[]): GeoArea[] {
  return [...areas].sort((a, b) => a.lat - b.lat || a.lon - b.lon || a.radiusKm - b.radiusKm)
}
