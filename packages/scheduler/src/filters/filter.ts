import type { Slot } from '@oakestra/model'
import type { Candidate, PlacementRequest, PublishedPort } from '../placement.ts'

/** Looks at room on one node. */
export interface SlotFilter {
  /** A check for this request, or undefined when the request does not care. Called once per placement. */
  prepare(request: PlacementRequest): SlotCheck | undefined
}

/** A number of a slot that must be at least `amount`. */
export interface Demand {
  readonly property: SlotNumber
  readonly amount: number
}

export type SlotNumber = 'vcpusTotal' | 'vcpusFree' | 'memoryFreeMiB' | 'vgpusFree' | 'storageFreeMiB'

export interface SlotCheck {
  /**
   * Set when the check looks at nothing else than architecture and virtualizations: an index then asks it once for all
   * slots that are alike in both.
   */
  readonly isAboutKind?: boolean
  /** Set when the check is nothing else than these: an index then compares columns of numbers. */
  readonly demands?: readonly Demand[]
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
  /** Set when the check is nothing else than that none of these host ports is taken: an index then has them at hand. */
  readonly freePorts?: readonly PublishedPort[]
  /** Called for every candidate: allocates nothing. */
  passes(candidate: Candidate): boolean
  /** Why this candidate does not pass. Reads on from its name. */
  reason(candidate: Candidate): string
  /** The same for several candidates, behind their number: "3 not active". */
  readonly summary: string
}
