import type { PlacementRequest } from '../placement.ts'
import { active } from './active.ts'
import { addons } from './addons.ts'
import { architecture } from './architecture.ts'
import { avoided } from './avoided.ts'
import { clustersAllowed } from './clusters-allowed.ts'
import { cordoned } from './cordoned.ts'
import { csiDrivers } from './csi-drivers.ts'
import { directCluster } from './direct-cluster.ts'
import { directNode } from './direct-node.ts'
import type { CandidateCheck, CandidateFilter, SlotCheck, SlotFilter } from './filter.ts'
import { geo } from './geo.ts'
import { labels } from './labels.ts'
import { latency } from './latency.ts'
import { memory } from './memory.ts'
import { publishedPorts } from './published-ports.ts'
import { storage } from './storage.ts'
import { vcpus } from './vcpus.ts'
import { vgpus } from './vgpus.ts'
import { virtualization } from './virtualization.ts'

/** In the order in which a person would ask: which ones are meant, are they open, are they near, is something in the way. */
const CANDIDATE_FILTERS: readonly CandidateFilter[] = [
  directCluster,
  clustersAllowed,
  directNode,
  active,
  cordoned,
  avoided,
  geo,
  latency,
  publishedPorts,
]

/** In the order of reasons: what a node is comes before what it has left. */
const SLOT_FILTERS: readonly SlotFilter[] = [virtualization, architecture, labels, addons, csiDrivers, memory, vcpus, vgpus, storage]

/** The checks that matter for one request. */
export interface Checks {
  readonly candidate: readonly CandidateCheck[]
  readonly slot: readonly SlotCheck[]
}

export function prepareChecks(request: PlacementRequest): Checks {
  return {
    candidate: CANDIDATE_FILTERS.flatMap((filter) => filter.prepare(request) ?? []),
    slot: SLOT_FILTERS.flatMap((filter) => filter.prepare(request) ?? []),
  }
}
