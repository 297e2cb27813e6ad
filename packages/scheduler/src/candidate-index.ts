import { activeCheck } from './filters/active.ts'
import { type Checks, prepareChecks } from './filters/registry.ts'
import { unexaminedNotes } from './filters/unexamined.ts'
import type { Candidate, PlacementRequest, PlacementResult } from './placement.ts'
import type { Field, Policy, Room } from './policies/policy.ts'
import { POLICIES, POLICY_DEFAULT, type PolicyName } from './policies/registry.ts'
import { PortBook } from './port-book.ts'
import { explainRejection } from './reject.ts'
import { type Owner, SlotColumns } from './slot-columns.ts'
import { reserve } from './slots.ts'

/**
 * Candidates kept in a form that is quick to search, for whoever places many instances over thousands of nodes.
 * Gives what `place()` gives over the same candidates; only candidates of equal score take turns in another order.
 */
export interface CandidateIndex {
  /** Adds a candidate, or replaces the one with its id. */
  set(candidate: Candidate): void
  remove(id: string): void
  get(id: string): Candidate | undefined
  readonly size: number
  place(request: PlacementRequest, policy?: PolicyName): PlacementResult
  /** Takes the room of a placement away, before the next one is made: its resources and its ports. */
  reserve(candidateId: string, slotIndex: number, request: PlacementRequest): void
}

export function createCandidateIndex(candidates: Iterable<Candidate> = []): CandidateIndex {
  const index = new ColumnIndex()
  for (const candidate of candidates) index.set(candidate)
  return index
}

class ColumnIndex implements CandidateIndex {
  readonly #owners = new Map<string, Owner>()
  /** Active candidates only. */
  readonly #columns = new SlotColumns()
  readonly #ports = new PortBook()
  /** Nodes have one slot each: while nobody has more, rows need not be told apart by candidate. */
  #withManySlots = 0

  get size(): number {
    return this.#owners.size
  }

  get(id: string): Candidate | undefined {
    return this.#owners.get(id)?.candidate
  }

  set(candidate: Candidate): void {
    this.remove(candidate.id)
    const owner = { candidate, rows: [] }
    this.#owners.set(candidate.id, owner)
    if (candidate.active) this.#columns.add(owner)
    this.#ports.add(owner)
    if (candidate.slots.length > 1) this.#withManySlots += 1
  }

  remove(id: string): void {
    const owner = this.#owners.get(id)
    if (!owner) return
    this.#ports.remove(owner)
    this.#columns.remove(owner)
    this.#owners.delete(id)
    if (owner.candidate.slots.length > 1) this.#withManySlots -= 1
  }

  reserve(candidateId: string, slotIndex: number, request: PlacementRequest): void {
    const candidate = this.get(candidateId)
    const slot = candidate?.slots[slotIndex]
    if (!candidate || !slot) return
    const usedPorts = [...(candidate.usedPorts ?? []), ...(request.ports ?? [])]
    const slots = candidate.slots.with(slotIndex, reserve(slot, request))
    // A cluster has no taken ports: another of its nodes may have the port free.
    this.set(request.tier === 'root' || usedPorts.length === 0 ? { ...candidate, slots } : { ...candidate, slots, usedPorts })
  }

  place(request: PlacementRequest, policy: PolicyName = POLICY_DEFAULT): PlacementResult {
    const checks = prepareChecks(request)
    const notes = unexaminedNotes(request)
    const rows = this.#fittingRows(checks)
    if (rows.length === 0) return { ok: false, rejection: this.#explain(request, checks), notes }
    const { row, score } = this.#best(POLICIES[policy], rows, request)
    const candidateId = this.#columns.ownerAt(row).candidate.id
    const counts = { considered: this.size, fitting: this.#countCandidates(rows) }
    return { ok: true, candidateId, slotIndex: this.#columns.slotIndexAt(row), score, ...counts, notes }
  }

  #fittingRows(checks: Checks): Uint32Array {
    let rows = this.#columns.select(checks.slot)
    for (const check of checks.candidate) {
      if (check === activeCheck) continue
      if (check.freePorts) rows = this.#ports.without(rows, check.freePorts, this.#columns.length)
      else rows = rows.filter((row) => check.passes(this.#columns.ownerAt(row).candidate))
    }
    return rows
  }

  #best(policy: Policy, rows: Uint32Array, request: PlacementRequest): { readonly row: number; readonly score: number } {
    const { vcpusFree, memoryFreeMiB, peers } = this.#columns.columns
    const most = { vcpusFreeMax: largestOf(vcpusFree, rows), memoryFreeMiBMax: largestOf(memoryFreeMiB, rows) }
    const field: Field = { resources: request.resources, ...most }
    const start = request.seed === undefined ? 0 : Math.abs(Math.trunc(request.seed)) % rows.length
    const room: Room = { vcpusFree: 0, memoryFreeMiB: 0, peers: 0 }
    let best = { row: -1, score: Number.NEGATIVE_INFINITY }
    for (let step = 0; step < rows.length; step += 1) {
      const position = start + step
      const row = rows[position < rows.length ? position : position - rows.length] ?? 0
      room.vcpusFree = vcpusFree[row] ?? 0
      room.memoryFreeMiB = memoryFreeMiB[row] ?? 0
      room.peers = peers[row] ?? 0
      const score = policy.score(room, field)
      if (score < best.score) continue
      if (score > best.score || (request.seed === undefined && this.#isBefore(row, best.row))) best = { row, score }
    }
    return best
  }

  /** By id of the candidate, then by the order of its slots. */
  #isBefore(row: number, other: number): boolean {
    const [a, b] = [this.#columns.ownerAt(row), this.#columns.ownerAt(other)]
    return a === b ? this.#columns.slotIndexAt(row) < this.#columns.slotIndexAt(other) : a.candidate.id < b.candidate.id
  }

  #countCandidates(rows: Uint32Array): number {
    if (this.#withManySlots === 0) return rows.length
    const seen = new Set<Owner>()
    for (const row of rows) seen.add(this.#columns.ownerAt(row))
    return seen.size
  }

  #explain(request: PlacementRequest, checks: Checks) {
    const candidates = [...this.#owners.values()].map((owner) => owner.candidate)
    return explainRejection(request, candidates, checks)
  }
}

function largestOf(column: Float64Array, rows: Uint32Array): number {
  let most = 0
  for (const row of rows) {
    const value = column[row] ?? 0
    if (value > most) most = value
  }
  return most
}
