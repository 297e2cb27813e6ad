import { activeCheck } from './filters/active.ts'
import { cordonedCheck } from './filters/cordoned.ts'
import type { CandidateCheck } from './filters/filter.ts'
import { type Checks, prepareChecks } from './filters/registry.ts'
import { unexaminedNotes } from './filters/unexamined.ts'
import type { Candidate, PlacementRequest, PlacementResult, PlaceOptions } from './placement.ts'
import type { Field, Policy, Room } from './policies/policy.ts'
import { POLICIES, POLICY_DEFAULT, type PolicyName } from './policies/registry.ts'
import { PortBook } from './port-book.ts'
import { SITE_WIDTH } from './proximity/sites.ts'
import { type Measure, measureOf, prepareNearness } from './proximity/targets.ts'
import { explainRejection, preferenceNotes } from './reject.ts'
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
  place(request: PlacementRequest, policy?: PolicyName, options?: PlaceOptions): PlacementResult
  /** Takes the room of a placement away, before the next one is made: its resources and its ports. */
  reserve(candidateId: string, slotIndex: number, request: PlacementRequest): void
}

export function createCandidateIndex(candidates: Iterable<Candidate> = []): CandidateIndex {
  const index = new ColumnIndex()
  for (const candidate of candidates) index.set(candidate)
  return index
}

const NO_ROWS = new Uint32Array(0)

interface Choice {
  readonly rows: Uint32Array
  readonly seed: number | undefined
}

class ColumnIndex implements CandidateIndex {
  readonly #owners = new Map<string, Owner>()
  /** Only candidates that are open: active, and not cordoned. */
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
    if (candidate.active && !candidate.cordoned) this.#columns.add(owner)
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

  place(request: PlacementRequest, policy: PolicyName = POLICY_DEFAULT, { preferredId }: PlaceOptions = {}): PlacementResult {
    const checks = prepareChecks(request)
    const rows = this.#fittingRows(checks)
    const preferred = preferredId === undefined ? undefined : this.#owners.get(preferredId)
    const preferredRows = preferred ? rows.filter((row) => preferred.rows.includes(row)) : NO_ROWS
    const isTaken = preferredRows.length > 0
    const doubts = isTaken ? [] : preferenceNotes(request, checks, preferredId, preferred?.candidate)
    const notes = [...unexaminedNotes(request), ...doubts]
    if (rows.length === 0) return { ok: false, rejection: this.#explain(request, checks), notes }
    const field = this.#fieldOf(rows, request)
    const choice = isTaken ? { rows: preferredRows, seed: undefined } : { rows, seed: request.seed }
    const { row, score } = this.#best(POLICIES[policy], field, choice, request)
    const candidateId = this.#columns.ownerAt(row).candidate.id
    const counts = { considered: this.size, fitting: this.#countCandidates(rows) }
    return { ok: true, candidateId, slotIndex: this.#columns.slotIndexAt(row), score, ...counts, notes }
  }

  #fittingRows(checks: Checks): Uint32Array {
    let rows = this.#columns.select(checks.slot)
    for (const check of checks.candidate) {
      if (check !== activeCheck && check !== cordonedCheck) rows = this.#passing(rows, check)
    }
    return rows
  }

  #passing(rows: Uint32Array, check: CandidateCheck): Uint32Array {
    if (check.freePorts) return this.#without(rows, this.#ports.holders(check.freePorts))
    if (check.excludedIds)
      return this.#without(
        rows,
        [...check.excludedIds.keys()].map((id) => this.#owners.get(id)),
      )
    return this.#passingAt(rows, check)
  }

  #passingAt(rows: Uint32Array, check: CandidateCheck): Uint32Array {
    const columns = this.#columns
    const { sites } = columns
    let count = 0
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] ?? 0
      const passes =
        check.passesSite && !columns.hasManySites(row)
          ? check.passesSite(sites, row * SITE_WIDTH)
          : check.passes(columns.ownerAt(row).candidate)
      if (!passes) continue
      rows[count] = row
      count += 1
    }
    return rows.subarray(0, count)
  }

  #without(rows: Uint32Array, owners: Iterable<Owner | undefined>): Uint32Array {
    const isOut = new Uint8Array(this.#columns.length)
    for (const owner of owners) for (const row of owner?.rows ?? []) isOut[row] = 1
    let count = 0
    for (let index = 0; index < rows.length; index += 1) {
      const row = rows[index] ?? 0
      if (isOut[row] === 1) continue
      rows[count] = row
      count += 1
    }
    return rows.subarray(0, count)
  }

  #fieldOf(rows: Uint32Array, { resources }: PlacementRequest): Field {
    const { vcpusFree, memoryFreeMiB } = this.#columns.columns
    return { resources, vcpusFreeMax: largestOf(vcpusFree, rows), memoryFreeMiBMax: largestOf(memoryFreeMiB, rows) }
  }

  #best(policy: Policy, field: Field, { rows, seed }: Choice, request: PlacementRequest): { readonly row: number; readonly score: number } {
    const { vcpusFree, memoryFreeMiB, peers } = this.#columns.columns
    const nearness = policy.looksAtNearness ? prepareNearness(request) : undefined
    const start = seed === undefined ? 0 : Math.abs(Math.trunc(seed)) % rows.length
    const room: Room = { vcpusFree: 0, memoryFreeMiB: 0, peers: 0, nearMs: 0 }
    let bestRow = -1
    let bestScore = Number.NEGATIVE_INFINITY
    for (let step = 0; step < rows.length; step += 1) {
      const position = start + step
      const row = rows[position < rows.length ? position : position - rows.length] ?? 0
      room.vcpusFree = vcpusFree[row] ?? 0
      room.memoryFreeMiB = memoryFreeMiB[row] ?? 0
      room.peers = peers[row] ?? 0
      if (nearness) room.nearMs = this.#measureAt(row, nearness)
      const score = policy.score(room, field)
      if (score < bestScore || (score === bestScore && (seed !== undefined || !this.#isBefore(row, bestRow)))) continue
      bestRow = row
      bestScore = score
    }
    return { row: bestRow, score: bestScore }
  }

  #measureAt(row: number, measure: Measure): number {
    const columns = this.#columns
    return columns.hasManySites(row) ? measureOf(columns.ownerAt(row).candidate, measure) : measure(columns.sites, row * SITE_WIDTH)
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
