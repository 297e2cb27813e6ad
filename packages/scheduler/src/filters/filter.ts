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
   * Set when the check looks at nothing else than the `machine` (architecture and virtualizations) or the `words` that a slot
   * and its candidate carry (labels, add-ons, drivers): an index then asks it once for all slots that are alike in them.
   */
  readonly looksAt?: 'machine' | 'words'
  /** Set when the check is nothing else than these: an index then compares columns of numbers. */
  readonly demands?: readonly Demand[]
  /**
   * Called for every slot: allocates nothing.
   * @param carried labels of the candidate, which all of its slots carry
   */
  passes(slot: Slot, carried: readonly string[]): boolean
  /** What is missing, given slots (at least one; labels of their candidates among their own) of which none passes. Reads on from "it". */
  reason(slots: readonly Slot[]): string
}

/** Looks at a candidate as a whole. */
export interface CandidateFilter {
  prepare(request: PlacementRequest): CandidateCheck | readonly CandidateCheck[] | undefined
}

export interface CandidateCheck {
  /** Set when the check is nothing else than that none of these host ports is taken: an index then has them at hand. */
  readonly freePorts?: readonly PublishedPort[]
  /** Set when the check is nothing else than that the candidate is none of these, by id. */
  readonly excludedIds?: ReadonlyMap<string, unknown>
  /** Set when the check looks only at where a candidate is: the same for one with one area at most, written as a site. */
  passesSite?(sites: Float64Array, offset: number): boolean
  /** Called for every candidate: allocates nothing. */
  passes(candidate: Candidate): boolean
  /** Why this candidate does not pass. Reads on from its name. */
  reason(candidate: Candidate): string
  /** The same for several candidates, behind their number: "3 not active". */
  readonly summary: string
}
