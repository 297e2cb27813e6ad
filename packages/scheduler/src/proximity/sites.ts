import { type GeoArea, isCertain, type NetworkCoordinates, VIVALDI_DIMENSIONS } from '@oakestra/model'

/**
 * Where something is, as numbers in a row, so that thousands are compared without looking at objects: a place on the unit
 * sphere (x, y, z) and the radius around it in km, then a place in the space of round-trip times and its height in ms.
 * NaN stands for what is not known.
 */
export const SITE_WIDTH = 5 + VIVALDI_DIMENSIONS

/** Mean radius of the earth. */
export const EARTH_RADIUS_KM = 6371.0088

// Light needs 1 ms for 100 km of fibre and back; cables take detours; machines and last miles have their share.
const MS_PER_100_KM = 1
const DETOUR = 1.5
const MS_AT_LEAST = 2

/** Round trip over a distance, where nobody measured one: 2 ms, and 1.5 ms for each 100 km. */
export function msOfDistance(km: number): number {
  return MS_AT_LEAST + (DETOUR * MS_PER_100_KM * km) / 100
}

/** The inverse of `msOfDistance`; negative for less than any two places have. */
function kmOfMs(ms: number): number {
  return ((ms - MS_AT_LEAST) * 100) / (DETOUR * MS_PER_100_KM)
}

/** Something asked about the site at an offset. */
export type SiteTest = (sites: Float64Array, offset: number) => boolean

export function writeArea(sites: Float64Array, offset: number, area: GeoArea | undefined): void {
  if (!area) {
    sites.fill(Number.NaN, offset, offset + 4)
    return
  }
  const lat = (area.lat * Math.PI) / 180
  const lon = (area.lon * Math.PI) / 180
  sites[offset] = Math.cos(lat) * Math.cos(lon)
  sites[offset + 1] = Math.cos(lat) * Math.sin(lon)
  sites[offset + 2] = Math.sin(lat)
  sites[offset + 3] = area.radiusKm
}

export function writeCoordinates(sites: Float64Array, offset: number, coordinates: NetworkCoordinates | undefined): void {
  if (!coordinates || !isCertain(coordinates)) {
    sites.fill(Number.NaN, offset + 4, offset + SITE_WIDTH)
    return
  }
  for (let axis = 0; axis < VIVALDI_DIMENSIONS; axis += 1) sites[offset + 4 + axis] = coordinates.position[axis] ?? 0
  sites[offset + SITE_WIDTH - 1] = coordinates.heightMs
}

/** Sites of a list, one after the other. */
export function sitesOf(areas: readonly GeoArea[], coordinates: readonly NetworkCoordinates[]): Float64Array {
  const sites = new Float64Array((areas.length + coordinates.length) * SITE_WIDTH).fill(Number.NaN)
  areas.forEach((area, index) => {
    writeArea(sites, index * SITE_WIDTH, area)
  })
  coordinates.forEach((place, index) => {
    writeCoordinates(sites, (areas.length + index) * SITE_WIDTH, place)
  })
  return sites
}

/** Distance from the site at `offset` to the nearest target, from edge to edge; 0 inside, infinite when not known. */
export function kmBetween(targets: Float64Array, sites: Float64Array, offset: number): number {
  const x = sites[offset] ?? Number.NaN
  const y = sites[offset + 1] ?? Number.NaN
  const z = sites[offset + 2] ?? Number.NaN
  const radiusKm = sites[offset + 3] ?? Number.NaN
  let nearest = Number.POSITIVE_INFINITY
  for (let target = 0; target < targets.length; target += SITE_WIDTH) {
    const dx = x - (targets[target] ?? Number.NaN)
    const dy = y - (targets[target + 1] ?? Number.NaN)
    const dz = z - (targets[target + 2] ?? Number.NaN)
    const halfChord = Math.sqrt(dx * dx + dy * dy + dz * dz) / 2
    const km = 2 * EARTH_RADIUS_KM * Math.asin(halfChord > 1 ? 1 : halfChord) - radiusKm - (targets[target + 3] ?? Number.NaN)
    if (km < nearest) nearest = km
  }
  return nearest < 0 ? 0 : nearest
}

/** Round trip from the site at `offset` to the nearest target by network coordinates; infinite when either end has none. */
export function coordinateMsBetween(targets: Float64Array, sites: Float64Array, offset: number): number {
  let nearest = Number.POSITIVE_INFINITY
  const heightMs = sites[offset + SITE_WIDTH - 1] ?? Number.NaN
  // NaN is the only number that differs from itself.
  if (heightMs !== heightMs) return nearest
  for (let target = 0; target < targets.length; target += SITE_WIDTH) {
    let squares = 0
    for (let axis = 4; axis < SITE_WIDTH - 1; axis += 1) {
      const difference = (sites[offset + axis] ?? 0) - (targets[target + axis] ?? 0)
      squares += difference * difference
    }
    const ms = Math.sqrt(squares) + heightMs + (targets[target + SITE_WIDTH - 1] ?? Number.NaN)
    if (ms < nearest) nearest = ms
  }
  return nearest
}

/** Square of the straight line through the earth between two places so far apart: grows with the distance, and is cheap to compare. */
function chordSquared(km: number): number {
  const half = Math.sin(Math.min(km / (2 * EARTH_RADIUS_KM), Math.PI / 2))
  return 4 * half * half
}

/** `kmBetween` compared with a limit, prepared for many sites: without an arc for each. */
export function withinKm(targets: Float64Array, limitKm: number): SiteTest {
  if (!(limitKm >= 0)) return () => false
  const limitOfPoints = chordSquared(limitKm)
  return (sites, offset) => {
    const x = sites[offset] ?? Number.NaN
    const y = sites[offset + 1] ?? Number.NaN
    const z = sites[offset + 2] ?? Number.NaN
    const radiusKm = sites[offset + 3] ?? Number.NaN
    for (let target = 0; target < targets.length; target += SITE_WIDTH) {
      const dx = x - (targets[target] ?? Number.NaN)
      const dy = y - (targets[target + 1] ?? Number.NaN)
      const dz = z - (targets[target + 2] ?? Number.NaN)
      const radiiKm = radiusKm + (targets[target + 3] ?? Number.NaN)
      if (dx * dx + dy * dy + dz * dz <= (radiiKm === 0 ? limitOfPoints : chordSquared(limitKm + radiiKm))) return true
    }
    return false
  }
}

/** `msBetween` compared with a limit, prepared for many sites. */
export function withinMs(targets: Float64Array, limitMs: number): SiteTest {
  const isWithinKm = withinKm(targets, kmOfMs(limitMs))
  return (sites, offset) => {
    const ms = coordinateMsBetween(targets, sites, offset)
    return ms < Number.POSITIVE_INFINITY ? ms <= limitMs : isWithinKm(sites, offset)
  }
}

/** Round trip to the nearest target: by network coordinates where both ends have them, else by distance; infinite when not known. */
export function msBetween(targets: Float64Array, sites: Float64Array, offset: number): number {
  const ms = coordinateMsBetween(targets, sites, offset)
  return ms < Number.POSITIVE_INFINITY ? ms : msOfDistance(kmBetween(targets, sites, offset))
}
