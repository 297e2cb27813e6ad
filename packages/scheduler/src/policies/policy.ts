import type { ResourceRequest } from '../placement.ts'

/** What all slots that fit have in common: scores are relative to the best of them. */
export interface Field {
  readonly resources: ResourceRequest
  /** The largest free amounts among slots that fit. */
  readonly vcpusFreeMax: number
  readonly memoryFreeMiBMax: number
}

/** What a policy may look at: a slot that fits. The same object is filled again for the next one. */
export interface Room {
  vcpusFree: number
  memoryFreeMiB: number
  /** Instances of the same service on this candidate. */
  peers: number
  /** Estimated round trips to what the request shall be near to, added up; 0 when it names nothing, or nobody asked. */
  nearMs: number
}

/** Orders what fits: the highest score wins. */
export interface Policy {
  /** Set when it looks at `nearMs`, which is left out otherwise. */
  readonly looksAtNearness?: boolean
  /** Called for every slot that fits: allocates nothing, and gives a finite number. */
  score(room: Room, field: Field): number
}

/** CPU that would be left, from 0 (none) to 1 (all of the emptiest slot). */
export function vcpusLeft(room: Room, { resources, vcpusFreeMax }: Field): number {
  return vcpusFreeMax > 0 ? (room.vcpusFree - resources.vcpus) / vcpusFreeMax : 0
}

/** Memory that would be left, from 0 (none) to 1 (all of the emptiest slot). */
export function memoryLeft(room: Room, { resources, memoryFreeMiBMax }: Field): number {
  return memoryFreeMiBMax > 0 ? (room.memoryFreeMiB - resources.memoryMiB) / memoryFreeMiBMax : 0
}
