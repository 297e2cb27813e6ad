import type { Slot } from '@oakestra/model'
import type { Candidate, PlacementRequest } from '../placement.ts'

/** Looks at room on one node. */
export interface SlotFilter {
  /** A check for this request, or undefined when the request does not care. Called once per placement. */
  prepare(request: PlacementRequest): SlotCheck | undefined
}

export interface SlotCheck {
  /** Called for every slot: allocates nothing. */
  passes(slot: Slot): boolean
  /** What is missing, given slots (at least one) of which none passes. Reads on from "it". */
  reason(slots: readonly Slot[]): string
}

/** Looks at a candidate as a whole. */
export interface CandidateFilter {
  prepare(request: PlacementRequest): CandidateCheck | undefined
}

export interface CandidateCheck {
  /** Called for every candidate: allocates nothing. */
  passes(candidate: Candidate): boolean
  /** Why this candidate does not pass. Reads on from its name. */
  reason(candidate: Candidate): string
  /** The same for several candidates, behind their number: "3 not active". */
  readonly summary: string
}
