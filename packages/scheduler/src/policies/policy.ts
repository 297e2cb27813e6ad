import type { Slot } from '@oakestra/model'
import type { Candidate, ResourceRequest } from '../placement.ts'

/** What all slots that fit have in common: scores are relative to the best of them. */
export interface Field {
  readonly resources: ResourceRequest
  /** The largest free amounts among slots that fit. */
  readonly vcpusFreeMax: number
  readonly memoryFreeMiBMax: number
}

/** Orders what fits: the highest score wins. */
export interface Policy {
  /** Called for every slot that fits: allocates nothing, and gives a finite number. */
  score(slot: Slot, candidate: Candidate, field: Field): number
}

/** CPU that would be left, from 0 (none) to 1 (all of the emptiest slot). */
export function vcpusLeft(slot: Slot, { resources, vcpusFreeMax }: Field): number {
  return vcpusFreeMax > 0 ? (slot.vcpusFree - resources.vcpus) / vcpusFreeMax : 0
}

/** Memory that would be left, from 0 (none) to 1 (all of the emptiest slot). */
export function memoryLeft(slot: Slot, { resources, memoryFreeMiBMax }: Field): number {
  return memoryFreeMiBMax > 0 ? (slot.memoryFreeMiB - resources.memoryMiB) / memoryFreeMiBMax : 0
}
