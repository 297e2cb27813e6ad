import type { Slot } from '@oakestra/model'
import { type Checks, prepareChecks } from './filters/registry.ts'
import { unexaminedNotes } from './filters/unexamined.ts'
import type { Candidate, PlacementRequest, PlacementResult, ResourceRequest } from './placement.ts'
import type { Field, Policy, Room } from './policies/policy.ts'
import { POLICIES, POLICY_DEFAULT, type PolicyName } from './policies/registry.ts'
import { explainRejection } from './reject.ts'

/**
 * Chooses where an instance goes, or says why it can go nowhere. Pure: the same at root, over clusters with many slots,
 * and at a cluster, over nodes with one. Costs time in proportion to the number of slots, and no memory per
 * candidate unless nothing fits.
 */
export function place(request: PlacementRequest, candidates: readonly Candidate[], policy: PolicyName = POLICY_DEFAULT): PlacementResult {
  const checks = prepareChecks(request)
  const notes = unexaminedNotes(request)
  const survey = surveyCandidates(checks, candidates, request.resources)
  if (survey.fitting === 0) return { ok: false, rejection: explainRejection(request, candidates, checks), notes }
  const { candidate, slotIndex, score } = chooseBest(POLICIES[policy], checks, candidates, survey, request.seed)
  return { ok: true, candidateId: candidate.id, slotIndex, score, considered: candidates.length, fitting: survey.fitting, notes }
}

interface Survey extends Field {
  /** For each candidate, where its first slot that fits is, counted from one; 0 for none. */
  readonly firstFit: Uint32Array
  readonly fitting: number
}

function surveyCandidates(checks: Checks, candidates: readonly Candidate[], resources: ResourceRequest): Survey {
  const firstFit = new Uint32Array(candidates.length)
  let fitting = 0
  let vcpusFreeMax = 0
  let memoryFreeMiBMax = 0
  for (let index = 0; index < candidates.length; index += 1) {
    const candidate = candidates[index]
    if (!candidate || !passesAll(checks.candidate, candidate)) continue
    const { slots } = candidate
    for (let slotIndex = 0; slotIndex < slots.length; slotIndex += 1) {
      const slot = slots[slotIndex]
      if (!slot || !passesAll(checks.slot, slot)) continue
      if (slot.vcpusFree > vcpusFreeMax) vcpusFreeMax = slot.vcpusFree
      if (slot.memoryFreeMiB > memoryFreeMiBMax) memoryFreeMiBMax = slot.memoryFreeMiB
      if (firstFit[index] === 0) {
        firstFit[index] = slotIndex + 1
        fitting += 1
      }
    }
  }
  return { firstFit, fitting, resources, vcpusFreeMax, memoryFreeMiBMax }
}

interface Best {
  candidate: Candidate
  slotIndex: number
  score: number
}

/** At least one candidate fits. */
function chooseBest(policy: Policy, checks: Checks, candidates: readonly Candidate[], survey: Survey, seed: number | undefined): Best {
  const count = candidates.length
  const start = seed === undefined ? 0 : Math.abs(Math.trunc(seed)) % count
  const room: Room = { vcpusFree: 0, memoryFreeMiB: 0, peers: 0 }
  let best: Best | undefined
  for (let step = 0; step < count; step += 1) {
    const index = start + step < count ? start + step : start + step - count
    const first = survey.firstFit[index] ?? 0
    const candidate = candidates[index]
    if (first === 0 || !candidate) continue
    const { slots, peers = 0 } = candidate
    room.peers = peers
    for (let slotIndex = first - 1; slotIndex < slots.length; slotIndex += 1) {
      const slot = slots[slotIndex]
      if (!slot || (slotIndex >= first && !passesAll(checks.slot, slot))) continue
      room.vcpusFree = slot.vcpusFree
      room.memoryFreeMiB = slot.memoryFreeMiB
      const score = policy.score(room, survey)
      if (best === undefined) {
        best = { candidate, slotIndex, score }
      } else if (score > best.score || (score === best.score && seed === undefined && candidate.id < best.candidate.id)) {
        best.candidate = candidate
        best.slotIndex = slotIndex
        best.score = score
      }
    }
  }
  if (!best) throw new Error('assertion failed: a candidate that fits has no slot that fits')
  return best
}

function passesAll<T extends Candidate | Slot>(checks: readonly { passes(item: T): boolean }[], item: T): boolean {
  for (let index = 0; index < checks.length; index += 1) {
    if (!checks[index]?.passes(item)) return false
  }
  return true
}
