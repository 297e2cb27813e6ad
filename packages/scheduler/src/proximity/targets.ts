import type { Candidate, PlacementRequest, Proximity } from '../placement.ts'
import { findPlaces } from './place-text.ts'
import {
  coordinateMsBetween,
  kmBetween,
  msBetween,
  msOfDistance,
  SITE_WIDTH,
  type SiteTest,
  sitesOf,
  withinKm,
  withinMs,
  writeArea,
  writeCoordinates,
} from './sites.ts'

/** From the site at an offset to what shall be near. Infinite when it is not known. */
export type Measure = (sites: Float64Array, offset: number) => number

/** What an instance shall be near to. */
export interface Target {
  /** As the user called it. */
  readonly label: string
  /** Kilometres for `geo`, milliseconds for `latency`. */
  readonly limit: number
  /** Why nobody can be compared with it, when that is so. */
  readonly unknown?: string
  /** Whether a site is near enough: what the measures below say, but quicker. */
  readonly isNear: SiteTest
  /** From edge to edge of areas. */
  readonly km: Measure
  /** Estimated round trip: of a `geo` target by distance only. */
  readonly ms: Measure
  /** The same by network coordinates only. */
  readonly coordinateMs: Measure
}

/** What the `geo` constraints of a request ask to be near to. */
export function geoTargets({ constraints, knownAreas = {} }: PlacementRequest): readonly Target[] {
  return constraints.flatMap((constraint) => {
    if (constraint.type !== 'geo') return []
    const target = targetOf(constraint.location, constraint.thresholdKm, { knownAreas }, withinKm)
    return { ...target, ms: (sites: Float64Array, offset: number) => msOfDistance(target.km(sites, offset)) }
  })
}

/** What the `latency` constraints of a request ask to be near to. */
export function latencyTargets(request: PlacementRequest): readonly Target[] {
  return request.constraints.flatMap((constraint) =>
    constraint.type === 'latency' ? targetOf(constraint.area, constraint.thresholdMs, request, withinMs) : [],
  )
}

function targetOf(text: string, limit: number, proximity: Proximity, within: typeof withinKm): Target {
  const places = findPlaces(text, proximity)
  const targets = sitesOf(places?.areas ?? [], places?.coordinates ?? [])
  return {
    label: places?.label ?? text,
    limit,
    ...(targets.length > 0 ? {} : { unknown: places ? NOWHERE_YET : NOT_KNOWN }),
    isNear: within(targets, limit),
    km: (sites, offset) => kmBetween(targets, sites, offset),
    ms: (sites, offset) => msBetween(targets, sites, offset),
    coordinateMs: (sites, offset) => coordinateMsBetween(targets, sites, offset),
  }
}

const NOT_KNOWN = 'it is neither coordinates (lat,lon or lon;lat) nor a name that is known here'
const NOWHERE_YET = 'none of its instances has a known place yet'

const scratch = new Float64Array(SITE_WIDTH)

/** A measure of a candidate: from the nearest of its areas. Allocates nothing. */
export function measureOf({ areas, coordinates }: Candidate, measure: Measure): number {
  writeCoordinates(scratch, 0, coordinates)
  writeArea(scratch, 0, areas?.[0])
  let nearest = measure(scratch, 0)
  for (let index = 1; index < (areas?.length ?? 0); index += 1) {
    writeArea(scratch, 0, areas?.[index])
    nearest = Math.min(nearest, measure(scratch, 0))
  }
  return nearest
}

/** Whether one of the candidate's areas passes. Allocates nothing. */
export function someSiteOf({ areas, coordinates }: Candidate, test: SiteTest): boolean {
  writeCoordinates(scratch, 0, coordinates)
  writeArea(scratch, 0, areas?.[0])
  if (test(scratch, 0)) return true
  for (let index = 1; index < (areas?.length ?? 0); index += 1) {
    writeArea(scratch, 0, areas?.[index])
    if (test(scratch, 0)) return true
  }
  return false
}

/** Estimated round trips to everything a request shall be near to, added up; undefined when it names nothing. */
export function prepareNearness(request: PlacementRequest): Measure | undefined {
  const targets = [...geoTargets(request), ...latencyTargets(request)]
  if (targets.length === 0) return undefined
  return (sites, offset) => {
    let ms = 0
    for (let index = 0; index < targets.length; index += 1) ms += targets[index]?.ms(sites, offset) ?? 0
    return ms
  }
}
