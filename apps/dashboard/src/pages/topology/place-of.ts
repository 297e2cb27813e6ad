/** A place on Earth, as clusters tell it: `lat,lon` or `lat,lon,radius`, degrees and metres. */
export interface Area {
  readonly lat: number
  readonly lon: number
  readonly radiusM: number
}

/** Reads a location; undefined for free text. `reference/experience.md` 1.5 */
export function placeOf(location: string): Area | undefined {
  const parts = location.split(',').map((part) => part.trim())
  const [lat = Number.NaN, lon = Number.NaN, radiusM = 0] = parts.map((part) => (part === '' ? Number.NaN : Number(part)))
  const isPlace = parts.length >= 2 && parts.length <= 3 && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && radiusM >= 0
  return isPlace ? { lat, lon, radiusM } : undefined
}
