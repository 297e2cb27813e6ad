import type { Slot } from '@oakestra/model'
import fc from 'fast-check'
import type { Candidate, PlacementRequest } from '../placement.ts'

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

export const anySlot: fc.Arbitrary<Slot> = fc.record({
  architecture: fc.constantFrom('amd64', 'arm64'),
  virtualizations: fc.subarray(['container', 'unikernel'], { minLength: 1 }),
  vcpusTotal: few,
  vcpusFree: few,
  memoryFreeMiB: fc.constantFrom(0, 100, 200, 400),
  vgpusFree: fc.constantFrom(0, 0, 1),
  storageFreeMiB: fc.constantFrom(0, 100, 200),
})

const anyPort = fc.record({ hostPort: fc.constantFrom(80, 443), containerPort: fc.constant(80), protocol: fc.constantFrom('tcp', 'udp') })

export const anyCandidates = (slotsMax: number): fc.Arbitrary<Candidate[]> =>
  fc.uniqueArray(
    fc.record({
      id: fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 4 }),
      name: fc.constantFrom('n1', 'n2', 'n3'),
      active: fc.boolean(),
      slots: fc.array(anySlot, { maxLength: slotsMax }),
      usedPorts: fc.array(anyPort, { maxLength: 2 }),
      peers: fc.nat(2),
    }),
    { selector: (candidate) => candidate.id, maxLength: 12 },
  )

export const anyRequest: fc.Arbitrary<PlacementRequest> = fc.record({
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
  constraints: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    fc.subarray(['n1', 'n2', 'n3']).map((nodes) => [{ type: 'direct', nodes } as const]),
    fc.constantFrom('n1', 'n4').map((cluster) => [{ type: 'direct', cluster, nodes: [] } as const]),
    fc.subarray(['n1', 'n2']).map((allowed) => [{ type: 'clusters', allowed } as const]),
  ),
})
