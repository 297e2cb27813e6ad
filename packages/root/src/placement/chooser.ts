import type { Candidate, PlacementRequest, PolicyName } from '@oakestra/scheduler'

/** An opinion from outside on where an instance goes, or why there is none. */
export type Advice = { readonly ok: true; readonly candidateId: string } | { readonly ok: false; readonly warning: string }

/** Somebody outside who chooses, such as an external scheduler. What it says is checked like anything else. */
export type Chooser = (
  request: PlacementRequest,
  candidates: readonly Candidate[],
  policy: PolicyName,
  signal: AbortSignal,
) => Promise<Advice>
