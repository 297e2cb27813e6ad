import type { GeoArea, GeoPoint } from '@oakestra/model'

/**
 * Reads a place as people and programs write it: `lat,lon` or `lat,lon,radius` as in the location of a cluster, or `lon;lat`
 * as in a `geo` constraint (`reference/orchestration.md` 4.1). Degrees; the radius is in metres, as the map of upstream's
 * dashboard draws it. Gives undefined for free text, and for what is no place on earth.
 */
export function parseGeoArea(text: string): GeoArea | undefined {
  const isLonFirst = text.includes(';')
  const [first, second, radius = 0, ...more] = text.split(isLonFirst ? ';' : ',').map(toNumber)
  if (first === undefined || second === undefined || more.length > 0) return undefined
  const [lat, lon] = isLonFirst ? [second, first] : [first, second]
  const isPlace = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && radius >= 0
  return isPlace ? { lat, lon, radiusKm: radius / 1000 } : undefined
}

/** The canonical text of a place, which `parseGeoArea` reads. A metre is about five decimals of a degree. */
export function geoText({ lat, lon, radiusKm = 0 }: GeoPoint & Partial<GeoArea>): string {
  const point = `${rounded(lat, 5)},${rounded(lon, 5)}`
  return radiusKm > 0 ? `${point},${rounded(radiusKm * 1000, 0)}` : point
}

/** NaN, which no comparison lets pass, for what is not written as a plain number. */
function toNumber(text: string): number {
  return /^\s*[+-]?\d{1,9}(\.\d{0,20})?\s*$/.test(text) ? Number(text) : Number.NaN
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
