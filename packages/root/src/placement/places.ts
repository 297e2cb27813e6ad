import { isDeepStrictEqual } from 'node:util'
import type { DesiredInstance, InstanceSpec, Service } from '@oakestra/model'
import { type PlacementRequest, resolvePlaces } from '@oakestra/scheduler'
import { instanceSpec } from './instance-spec.ts'

/** True for constraints that name places, which mean something to root alone. */
export function namesPlaces({ constraints }: Pick<InstanceSpec, 'constraints'>): boolean {
  return constraints.some(({ type }) => type === 'geo' || type === 'latency')
}

/** The instance with what the names of places in its constraints mean now. */
export function withPlacesAsOf(
  instance: DesiredInstance,
  { revision, constraints }: InstanceSpec,
  request: PlacementRequest,
): DesiredInstance {
  return { ...instance, places: { revision, constraints: resolvePlaces(constraints, request) } }
}

/** The instance with what its constraints were handed down as, where that is known from its cluster. */
export function withPlacesOf(service: Service, instance: DesiredInstance, held: InstanceSpec): DesiredInstance {
  const spec = instanceSpec(service, instance)
  if (spec.revision !== held.revision || !namesPlaces(spec) || isDeepStrictEqual(spec.constraints, held.constraints)) return instance
  return { ...instance, places: { revision: held.revision, constraints: held.constraints } }
}
