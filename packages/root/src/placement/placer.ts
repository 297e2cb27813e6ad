import { toOakError } from '@oakestra/base'
import type { Cluster, DesiredInstance, GeoPoint, InstanceSpec } from '@oakestra/model'
import { type Candidate, type PlacementRequest, type PlacementResult, type PolicyName, place } from '@oakestra/scheduler'
import type { Reader } from '@oakestra/store'
import type { Advice, Chooser } from './chooser.ts'
import type { ClusterRoom } from './cluster-room.ts'
import type { PeerBook } from './peer-book.ts'
import { whereaboutsOf } from './whereabouts.ts'

export interface PlacerOptions {
  readonly room: ClusterRoom
  readonly peers: PeerBook
  readonly policy: PolicyName
  readonly isConnected: (clusterId: string) => boolean
  /** Places to which operators gave names. */
  readonly knownAreas?: Readonly<Record<string, GeoPoint>>
  readonly chooser?: Chooser
}

/** Chooses clusters for instances, by what is known of them at this moment. */
export class Placer {
  readonly #options: PlacerOptions

  constructor(options: PlacerOptions) {
    this.#options = options
  }

  /** What the scheduler is asked for an instance. */
  async request(reader: Reader, spec: InstanceSpec, avoid: ReadonlyMap<string, string>): Promise<PlacementRequest> {
    const { knownAreas, peers, room } = this.#options
    const near = (serviceId: string) => [...peers.of(serviceId).keys()].flatMap((id): Cluster | [] => room.cluster(id) ?? [])
    return {
      ...spec,
      tier: 'root',
      ...(avoid.size > 0 && { avoid }),
      ...(knownAreas && { knownAreas }),
      ...(await whereaboutsOf(reader, spec, near)),
    }
  }

  /** @param preferredId a cluster to take if it can be taken at all */
  choose(request: PlacementRequest, serviceId: string, preferredId?: string): PlacementResult {
    const { policy } = this.#options
    return place(request, this.#candidates(serviceId), policy, preferredId === undefined ? {} : { preferredId })
  }

  /** See `PeerBook.stage`. */
  stage(instance: DesiredInstance): void {
    this.#options.peers.stage(instance)
  }

  get hasAdviser(): boolean {
    return this.#options.chooser !== undefined
  }

  /** Asks the chooser from outside, which may take its time: never inside a section of the store. */
  async advice(request: PlacementRequest, serviceId: string, signal: AbortSignal): Promise<Advice | undefined> {
    const { chooser, policy } = this.#options
    if (!chooser) return undefined
    try {
      return await chooser(request, this.#candidates(serviceId), policy, signal)
    } catch (thrown) {
      return { ok: false, warning: `the external scheduler failed: ${toOakError(thrown).message}` }
    }
  }

  #candidates(serviceId: string): readonly Candidate[] {
    const { policy, peers, room, isConnected } = this.#options
    const candidates = room.candidates(isConnected)
    const counts = peers.of(serviceId)
    // Only this policy looks at it, and a candidate of its own for each request would cost more than the choice.
    if (policy !== 'spread' || counts.size === 0) return candidates
    return candidates.map((candidate) => ({ ...candidate, peers: counts.get(candidate.id) ?? 0 }))
  }
}
