import { type GeoArea, isCertain, type NetworkCoordinates, VIVALDI_DIMENSIONS } from '@oakestra/model'
import type { Constraint, Proximity } from '../placement.ts'
import { geoText, parseGeoArea } from './geo-text.ts'

/** Places, and how people call them. */
export interface Places {
  readonly label?: string
  readonly areas: readonly GeoArea[]
  readonly coordinates: readonly NetworkCoordinates[]
}

/** Places of one name, such as the instances of a service: more make nobody nearer by much, and each is compared with every candidate. */
const PLACES_MAX = 64

const RTT_PREFIX = 'rtt:'

/** What a place of a constraint means: coordinates, a known area or a service; undefined when it is none of them. */
export function findPlaces(text: string, { knownAreas, serviceAreas, serviceCoordinates }: Proximity): Places | undefined {
  const written = parsePlaces(text)
  if (written) return written
  const known = own(knownAreas, text)
  if (known) return { areas: [{ radiusKm: 0, ...known }], coordinates: [] }
  const areas = own(serviceAreas, text)
  const coordinates = own(serviceCoordinates, text)
  if (!areas && !coordinates) return undefined
  return { areas: (areas ?? []).slice(0, PLACES_MAX), coordinates: (coordinates ?? []).filter(isCertain).slice(0, PLACES_MAX) }
}

/**
 * Constraints in which names are followed by the places that they stand for, for a tier below that does not know the
 * names: `munich = 48.1,11.5`. What is not known stays as it is. Network coordinates are rounded to a millisecond, so that
 * those who move a little do not make another text.
 */
export function resolvePlaces(constraints: readonly Constraint[], proximity: Proximity): readonly Constraint[] {
  return constraints.map((constraint) => {
    if (constraint.type === 'geo')
      return { ...constraint, location: resolved(constraint.location, { knownAreas: proximity.knownAreas ?? {} }) }
    if (constraint.type === 'latency') return { ...constraint, area: resolved(constraint.area, proximity) }
    return constraint
  })
}

function resolved(text: string, proximity: Proximity): string {
  if (parsePlaces(text)) return text
  const { areas = [], coordinates = [] } = findPlaces(text, proximity) ?? {}
  const places = [...new Set([...areas.map(geoText), ...coordinates.map(rttText)])].sort()
  return places.length === 0 ? text : `${text} = ${places.slice(0, PLACES_MAX).join(' | ')}`
}

/** `lat,lon`, `lon;lat`, or what `resolvePlaces` made of a name. */
function parsePlaces(text: string): Places | undefined {
  const equals = text.lastIndexOf('=')
  const parts = text.slice(equals + 1).split('|', PLACES_MAX)
  const areas: GeoArea[] = []
  const coordinates: NetworkCoordinates[] = []
  for (const part of parts) {
    const area = parseGeoArea(part)
    const place = parseRtt(part.trim())
    if (area) areas.push(area)
    else if (place) coordinates.push(place)
    else return undefined
  }
  return { ...(equals > 0 ? { label: text.slice(0, equals).trim() } : {}), areas, coordinates }
}

function rttText({ position, heightMs }: NetworkCoordinates): string {
  return `${RTT_PREFIX}${[...position, heightMs].map((value) => Math.round(value)).join(',')}`
}

function parseRtt(text: string): NetworkCoordinates | undefined {
  if (!text.startsWith(RTT_PREFIX)) return undefined
  const numbers = text.slice(RTT_PREFIX.length).split(',').map(Number)
  const heightMs = numbers.pop() ?? Number.NaN
  const isPlace = numbers.length === VIVALDI_DIMENSIONS && heightMs >= 0 && numbers.every(Number.isFinite)
  return isPlace ? { position: numbers, heightMs, error: 0 } : undefined
}

/** A user may call a service or an area `constructor`. */
function own<T>(record: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return record && Object.hasOwn(record, key) ? record[key] : undefined
}
