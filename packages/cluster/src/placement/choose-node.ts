import type { InstanceSpec } from '@oakestra/model'
import { type Candidate, type PlacementRequest, type PlacementResult, type PolicyName, type Proximity, place } from '@oakestra/scheduler'
import type { Capacity } from './capacity.ts'

/** Somebody outside who knows better where an instance goes. Never throws, and answers within a second or so. */
export type Chooser = (
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policy: PolicyName,
  signal: AbortSignal,
) => Promise<{ readonly ok: true; readonly candidateId: string } | { readonly ok: false; readonly warning: string }>

export interface ChooserDeps {
  readonly capacity: Capacity
  readonly isHere: (nodeId: string) => boolean
  readonly policy: PolicyName
  readonly knownAreas?: Proximity['knownAreas']
}

/** What matters beside the spec. */
export interface Wish {
  /** Nodes that shall not be chosen, with the reason for each. */
  readonly avoid?: ReadonlyMap<string, string>
  /** Taken when it fits; otherwise it is as if nothing had been wished for. */
  readonly preferredId?: string | undefined
  /** Nobody else is asked. */
  readonly onlyId?: string | undefined
}

export function requestOf(
  deps: Pick<ChooserDeps, 'knownAreas'>,
  spec: InstanceSpec,
  avoid?: ReadonlyMap<string, string>,
): PlacementRequest {
  const { knownAreas } = deps
  return { ...spec, tier: 'cluster', ...(avoid && { avoid }), ...(knownAreas && { knownAreas }) }
}

/** The nodes as this instance sees them: what it has itself does not stand in its way. */
export function candidatesFor({ capacity, isHere, policy }: ChooserDeps, { instanceId, serviceId }: InstanceSpec): readonly Candidate[] {
  // Only this policy looks at peers, and a candidate of its own for each request costs more than the choice.
  return capacity.candidates({ isHere, without: instanceId, ...(policy === 'spread' && { serviceId }) })
}

/** Chooses a node for an instance among those that are here. */
export function chooseNode(deps: ChooserDeps, spec: InstanceSpec, { avoid, preferredId, onlyId }: Wish = {}): PlacementResult {
  const candidates = candidatesFor(deps, spec)
  const asked = onlyId === undefined ? candidates : candidates.filter(({ id }) => id === onlyId)
  return place(requestOf(deps, spec, avoid), asked, deps.policy, preferredId === undefined ? {} : { preferredId })
}

/** Whether a node could have this instance if it did not have it: connected or not, and open for others or not. */
export function fitsOn(deps: ChooserDeps, spec: InstanceSpec, nodeId: string): PlacementResult {
  const own = candidatesFor(deps, spec).filter(({ id }) => id === nodeId)
  return place(
    requestOf(deps, spec),
    own.map((candidate) => ({ ...candidate, active: true, cordoned: false })),
    deps.policy,
  )
}
