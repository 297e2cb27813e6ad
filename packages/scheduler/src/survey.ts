import type { Slot } from '@oakestra/model'
import type { Checks } from './filters/registry.ts'
import type { Candidate, PlacementRequest } from './placement.ts'
import type { Field, Policy, Room } from './policies/policy.ts'
import { measureOf, prepareNearness } from './proximity/targets.ts'
import { NO_WORDS } from './words.ts'

/** What fits, and how good the best of it is: what a score is relative to. */
export interface Survey extends Field {
  /** For each candidate, where its first slot that fits is, counted from one; 0 for none. */
  readonly firstFit: Uint32Array
  readonly fitting: number
  /** For each candidate that fits; absent when the policy or the request does not care. */
  readonly nearMs: Float64Array | undefined
}

/** Two arrays of numbers are all the memory it takes, whatever the number of candidates. */
export function surveyCandidates(request: PlacementRequest, checks: Checks, candidates: readonly Candidate[], policy: Policy): Survey {
  const nearness = policy.looksAtNearness ? prepareNearness(request) : undefined
  const firstFit = new Uint32Array(candidates.length)
  const nearMs = nearness && new Float64Array(candidates.length)
  let fitting = 0
  let vcpusFreeMax = 0
  let memoryFreeMiBMax = 0
  for (let index = 0; index < candidates.length; index += 1) {
    const candidate = candidates[index]
    if (!candidate || !passesCandidate(checks, candidate)) continue
    const { slots, labels = NO_WORDS } = candidate
    for (let slotIndex = 0; slotIndex < slots.length; slotIndex += 1) {
      const slot = slots[slotIndex]
      if (!slot || !passesSlot(checks, slot, labels)) continue
      if (slot.vcpusFree > vcpusFreeMax) vcpusFreeMax = slot.vcpusFree
      if (slot.memoryFreeMiB > memoryFreeMiBMax) memoryFreeMiBMax = slot.memoryFreeMiB
      if (firstFit[index] === 0) {
        firstFit[index] = slotIndex + 1
        fitting += 1
      }
    }
    if (nearMs && nearness && firstFit[index] !== 0) nearMs[index] = measureOf(candidate, nearness)
  }
  return { firstFit, fitting, nearMs, resources: request.resources, vcpusFreeMax, memoryFreeMiBMax }
}

/** The best slot among those seen so far. Filled again and again, so that looking takes no memory. */
export interface Best {
  index: number
  slotIndex: number
  score: number
}

export function nothingYet(): Best {
  return { index: -1, slotIndex: 0, score: Number.NEGATIVE_INFINITY }
}

const room: Room = { vcpusFree: 0, memoryFreeMiB: 0, peers: 0, nearMs: 0 }

/**
 * Replaces `best` by a slot of the candidate at `index` that has a higher score.
 * @param isBefore true when the candidate wins over the one of `best` at an equal score
 */
export function improve(
  best: Best,
  policy: Policy,
  checks: Checks,
  survey: Survey,
  index: number,
  candidate: Candidate,
  isBefore: boolean,
) {
  const first = survey.firstFit[index] ?? 0
  if (first === 0) return
  const { slots, labels = NO_WORDS, peers = 0 } = candidate
  room.peers = peers
  room.nearMs = survey.nearMs?.[index] ?? 0
  for (let slotIndex = first - 1; slotIndex < slots.length; slotIndex += 1) {
    const slot = slots[slotIndex]
    if (!slot || (slotIndex >= first && !passesSlot(checks, slot, labels))) continue
    room.vcpusFree = slot.vcpusFree
    room.memoryFreeMiB = slot.memoryFreeMiB
    const score = policy.score(room, survey)
    if (score > best.score || (score === best.score && isBefore && best.index !== index)) {
      best.index = index
      best.slotIndex = slotIndex
      best.score = score
    }
  }
}

function passesCandidate({ candidate: checks }: Checks, candidate: Candidate): boolean {
  for (let index = 0; index < checks.length; index += 1) {
    if (!checks[index]?.passes(candidate)) return false
  }
  return true
}

function passesSlot({ slot: checks }: Checks, slot: Slot, carried: readonly string[]): boolean {
  for (let index = 0; index < checks.length; index += 1) {
    if (!checks[index]?.passes(slot, carried)) return false
  }
  return true
}
