import type { GeoArea, NetworkCoordinates, Slot } from '@oakestra/model'
import fc from 'fast-check'
import type { Candidate, Constraint, PlacementRequest } from '../placement.ts'

/** An empty machine of modest size. */
export function slotOf(changes: Partial<Slot> = {}): Slot {
  return {
    architecture: 'amd64',
    virtualizations: ['container'],
    vcpusTotal: 4,
    vcpusFree: 64,
    memoryFreeMiB: 4000,
    vgpusFree: 0,
    storageFreeMiB: 10_000,
    ...changes,
  }
}

/** A node, or a cluster, called as its id. */
export function candidateOf(id: string, slots: readonly Slot[] = [slotOf()], changes: Partial<Candidate> = {}): Candidate {
  return { id, name: id, active: true, slots, ...changes }
}

type RequestChanges = Partial<Omit<PlacementRequest, 'resources'>> & { readonly resources?: Partial<PlacementRequest['resources']> }

export function requestOf({ resources, ...changes }: RequestChanges = {}): PlacementRequest {
  return {
    tier: 'cluster',
    virtualization: 'container',
    architectures: [],
    constraints: [],
    ...changes,
    resources: { memoryMiB: 100, vcpus: 1, vgpus: 0, storageMiB: 0, ...resources },
  }
}

// Few distinct values, so that ties, exact fits and near misses are common.
const few = fc.constantFrom(0, 1, 2, 4, 8)

const anyLabels = fc.subarray(['zone=a', 'gpu=yes'])
const anyWords = (words: string[]) => fc.oneof({ weight: 2, arbitrary: fc.constant(words) }, fc.subarray(words))

export const anySlot: fc.Arbitrary<Slot> = fc.record(
  {
    architecture: fc.constantFrom('amd64', 'arm64'),
    virtualizations: fc.subarray(['container', 'unikernel'], { minLength: 1 }),
    vcpusTotal: few,
    vcpusFree: few,
    memoryFreeMiB: fc.constantFrom(0, 100, 200, 400),
    vgpusFree: fc.constantFrom(0, 0, 1),
    storageFreeMiB: fc.constantFrom(0, 100, 200),
    labels: anyLabels,
    addons: anyWords(['imager', 'flops']),
    csiDrivers: anyWords(['nfs', 'ceph']),
  },
  { requiredKeys: ['architecture', 'virtualizations', 'vcpusTotal', 'vcpusFree', 'memoryFreeMiB', 'vgpusFree', 'storageFreeMiB'] },
)

/** Munich, Garching near by, Sydney, and a circle around half of Europe. */
const anyArea = fc.constantFrom<GeoArea>(
  { lat: 48.14, lon: 11.58, radiusKm: 0 },
  { lat: 48.25, lon: 11.65, radiusKm: 5 },
  { lat: -33.87, lon: 151.21, radiusKm: 0 },
  { lat: 50, lon: 10, radiusKm: 1000 },
)

const anyCoordinates = fc.record<NetworkCoordinates>({
  position: fc.constantFrom([0, 0, 0], [30, 0, 0], [0, 40, 30], [5, 5]),
  heightMs: fc.constantFrom(0.5, 4),
  error: fc.constantFrom(0.1, 0.5, 0.9),
})

const anyPort = fc.record({ hostPort: fc.constantFrom(80, 443), containerPort: fc.constant(80), protocol: fc.constantFrom('tcp', 'udp') })

export const anyCandidates = (slotsMax: number): fc.Arbitrary<Candidate[]> =>
  fc.uniqueArray(
    fc.record(
      {
        id: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }),
        name: fc.constantFrom('n1', 'n2', 'n3'),
        active: fc.boolean(),
        slots: fc.array(anySlot, { maxLength: slotsMax }),
        usedPorts: fc.array(anyPort, { maxLength: 2 }),
        peers: fc.nat(2),
        cordoned: fc.constantFrom(false, false, false, true),
        labels: anyLabels,
        areas: fc.array(anyArea, { maxLength: 2 }),
        coordinates: anyCoordinates,
        nodeNames: fc.subarray(['n1', 'n2', 'n5']),
      },
      { requiredKeys: ['id', 'name', 'active', 'slots', 'usedPorts', 'peers', 'cordoned'] },
    ),
    { selector: (candidate) => candidate.id, maxLength: 12 },
  )

const anyConstraint = fc.oneof(
  fc.subarray(['n1', 'n2', 'n3']).map((nodes): Constraint => ({ type: 'direct', nodes })),
  fc.constantFrom('n1', 'n4').map((cluster): Constraint => ({ type: 'direct', cluster, nodes: ['n1', 'n2'] })),
  fc.subarray(['n1', 'n2']).map((allowed): Constraint => ({ type: 'clusters', allowed })),
  fc.subarray(['zone=a', 'gpu=yes'], { minLength: 1 }).map((needs): Constraint => ({ type: 'labels', needs })),
  fc.subarray(['imager', 'flops'], { minLength: 1 }).map((needs): Constraint => ({ type: 'addons', needs })),
  fc
    .record({ location: fc.constantFrom('48.14,11.58', '11.58;48.14', 'munich', 'nowhere'), thresholdKm: fc.constantFrom(0, 20, 500) })
    .map((geo): Constraint => ({ type: 'geo', ...geo })),
  fc
    .record({ area: fc.constantFrom('48.14,11.58', 'munich', 'db', 'cache', 'nothing'), thresholdMs: fc.constantFrom(1, 5, 40, 300) })
    .map((latency): Constraint => ({ type: 'latency', ...latency })),
)

export const anyRequest: fc.Arbitrary<PlacementRequest> = fc
  .record({
    tier: fc.constantFrom('root', 'cluster'),
    virtualization: fc.constantFrom('container', 'unikernel'),
    architectures: fc.subarray(['amd64', 'arm64']),
    resources: fc.record({
      vcpus: few,
      memoryMiB: fc.constantFrom(0, 100, 200, 300),
      vgpus: fc.constantFrom(0, 0, 0, 1),
      storageMiB: fc.constantFrom(0, 0, 100),
    }),
    ports: fc.array(anyPort, { maxLength: 1 }),
    constraints: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 3, arbitrary: fc.array(anyConstraint, { maxLength: 2 }) }),
    volumes: fc.array(fc.record({ csiDriver: fc.constantFrom('nfs', 'csi.oakestra.io/hostpath') }), { maxLength: 1 }),
    avoid: fc.constantFrom(new Map(), new Map([['a', 'it failed there']])),
  })
  .map((request) => ({
    ...request,
    knownAreas: { munich: { lat: 48.14, lon: 11.58 } },
    serviceAreas: { db: [{ lat: 48.14, lon: 11.58, radiusKm: 0 }], cache: [] },
    serviceCoordinates: { db: [{ position: [0, 0, 0], heightMs: 1, error: 0.2 }] },
  }))
