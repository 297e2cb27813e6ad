import { type Cluster, type InstanceSpec, jobName, type Service } from '@oakestra/model'
import type { PlacementRequest } from '@oakestra/scheduler'
import type { Reader } from '@oakestra/store'
import { servicesOf } from '../state/operations-ownership.ts'
import { areasOf } from './cluster-room.ts'

/**
 * Where the services are that an instance shall be near to. Only those of its own application: where others run is
 * nobody else's business.
 */
export async function whereaboutsOf(
  reader: Reader,
  { applicationId, constraints }: Pick<InstanceSpec, 'applicationId' | 'constraints'>,
  clustersWith: (serviceId: string) => readonly Cluster[],
): Promise<Pick<PlacementRequest, 'serviceAreas' | 'serviceCoordinates'>> {
  const words = new Set(constraints.flatMap(placeWord))
  if (words.size === 0) return {}
  const named = (await servicesOf(reader, applicationId)).flatMap((service) =>
    namesOf(service).flatMap((name) => (words.has(name) ? [{ name, service }] : [])),
  )
  const places = named.map(({ name, service }) => ({ name, known: clustersWith(service.id) }))
  return {
    serviceAreas: Object.fromEntries(places.map(({ name, known }) => [name, known.flatMap(areasOf)])),
    serviceCoordinates: Object.fromEntries(places.map(({ name, known }) => [name, known.flatMap(({ facts }) => facts?.coordinates ?? [])])),
  }
}

function placeWord(constraint: InstanceSpec['constraints'][number]): readonly string[] {
  if (constraint.type === 'latency') return [constraint.area]
  return constraint.type === 'geo' ? [constraint.location] : []
}

function namesOf(service: Service): readonly string[] {
  return [service.descriptor.name, jobName(service)]
}
