import type { Slot } from '@oakestra/model'
import type { Demand, SlotCheck, SlotNumber } from './filters/filter.ts'
import type { Candidate } from './placement.ts'

/** A candidate and where its slots are: `rows[i]` holds slot `i`. */
export interface Owner {
  readonly candidate: Candidate
  readonly rows: number[]
}

/** Slots that are alike in architecture and virtualizations. */
interface Kind {
  readonly id: number
  readonly key: string
  readonly sample: Slot
  slots: number
}

type NumberColumns = Record<SlotNumber | 'peers', Float64Array>

const CAPACITY_FIRST = 64

/**
 * Slots as columns of numbers, one row each, without gaps: comparing ten thousand of them touches a few hundred
 * kilobytes in order instead of as many objects all over the heap.
 */
export class SlotColumns {
  #length = 0
  #columns: NumberColumns = newColumns(CAPACITY_FIRST)
  #kindOf = new Uint32Array(CAPACITY_FIRST)
  #slotIndexOf = new Uint32Array(CAPACITY_FIRST)
  /** Rows that still fit while a request is looked at. */
  #left = new Uint32Array(CAPACITY_FIRST)
  readonly #owners: Owner[] = []
  readonly #kinds = new Map<string, Kind>()
  readonly #kindsById: (Kind | undefined)[] = []

  add(owner: Owner): void {
    const { slots, peers = 0 } = owner.candidate
    this.#reserveRows(this.#length + slots.length)
    slots.forEach((slot, slotIndex) => {
      const row = this.#length
      this.#length += 1
      owner.rows[slotIndex] = row
      this.#owners[row] = owner
      this.#slotIndexOf[row] = slotIndex
      this.#kindOf[row] = this.#enterKind(slot)
      for (const property of SLOT_NUMBERS) this.#columns[property][row] = slot[property]
      this.#columns.peers[row] = peers
    })
  }

  remove(owner: Owner): void {
    while (owner.rows.length > 0) {
      const row = owner.rows.pop()
      if (row === undefined) return
      this.#leaveKind(this.#kindOf[row] ?? 0)
      this.#moveLastRowTo(row)
    }
  }

  /** The rows that pass; the caller may overwrite them, and the next call will. */
  select(checks: readonly SlotCheck[]): Uint32Array {
    let count = this.#selectKinds(checks.filter((check) => check.isAboutKind))
    for (const check of checks) {
      if (check.demands) for (const demand of check.demands) count = this.#keepDemand(demand, count)
      else if (!check.isAboutKind) count = this.#keepWhere((row) => check.passes(this.slotAt(row)), count)
    }
    return this.#left.subarray(0, count)
  }

  get length(): number {
    return this.#length
  }

  /** By row; replaced when rows are added. */
  get columns(): Readonly<NumberColumns> {
    return this.#columns
  }

  ownerAt(row: number): Owner {
    const owner = this.#owners[row]
    if (!owner) throw new Error(`assertion failed: row ${row} has no owner`)
    return owner
  }

  slotIndexAt(row: number): number {
    return this.#slotIndexOf[row] ?? 0
  }

  slotAt(row: number): Slot {
    const slot = this.ownerAt(row).candidate.slots[this.slotIndexAt(row)]
    if (!slot) throw new Error(`assertion failed: row ${row} has no slot`)
    return slot
  }

  #selectKinds(checks: readonly SlotCheck[]): number {
    const isFit = Uint8Array.from(this.#kindsById, (kind) => (kind && checks.every((check) => check.passes(kind.sample)) ? 1 : 0))
    const [kindOf, left, length] = [this.#kindOf, this.#left, this.#length]
    let count = 0
    for (let row = 0; row < length; row += 1) {
      if (isFit[kindOf[row] ?? 0] !== 1) continue
      left[count] = row
      count += 1
    }
    return count
  }

  #keepDemand({ property, amount }: Demand, before: number): number {
    const [column, left] = [this.#columns[property], this.#left]
    let count = 0
    for (let index = 0; index < before; index += 1) {
      const row = left[index] ?? 0
      if ((column[row] ?? 0) < amount) continue
      left[count] = row
      count += 1
    }
    return count
  }

  #keepWhere(isKept: (row: number) => boolean, before: number): number {
    const left = this.#left
    let count = 0
    for (let index = 0; index < before; index += 1) {
      const row = left[index] ?? 0
      if (!isKept(row)) continue
      left[count] = row
      count += 1
    }
    return count
  }

  #moveLastRowTo(row: number): void {
    const last = this.#length - 1
    this.#length = last
    const mover = this.#owners.pop()
    if (row === last || !mover) return
    const slotIndex = this.slotIndexAt(last)
    for (const column of Object.values(this.#columns)) column.copyWithin(row, last, last + 1)
    this.#kindOf.copyWithin(row, last, last + 1)
    this.#slotIndexOf[row] = slotIndex
    this.#owners[row] = mover
    mover.rows[slotIndex] = row
  }

  #enterKind(slot: Slot): number {
    const key = JSON.stringify([slot.architecture, slot.virtualizations])
    let kind = this.#kinds.get(key)
    if (!kind) {
      const free = this.#kindsById.indexOf(undefined)
      kind = { id: free < 0 ? this.#kindsById.length : free, key, sample: slot, slots: 0 }
      this.#kinds.set(key, kind)
      this.#kindsById[kind.id] = kind
    }
    kind.slots += 1
    return kind.id
  }

  #leaveKind(id: number): void {
    const kind = this.#kindsById[id]
    if (!kind) return
    kind.slots -= 1
    if (kind.slots > 0) return
    this.#kinds.delete(kind.key)
    this.#kindsById[id] = undefined
  }

  #reserveRows(count: number): void {
    const capacity = this.#left.length
    if (count <= capacity) return
    const next = Math.max(count, capacity * 2)
    const columns = newColumns(next)
    for (const property of Object.keys(columns) as (keyof NumberColumns)[]) columns[property].set(this.#columns[property])
    this.#columns = columns
    this.#kindOf = enlarged(this.#kindOf, next)
    this.#slotIndexOf = enlarged(this.#slotIndexOf, next)
    this.#left = new Uint32Array(next)
  }
}

const SLOT_NUMBERS: readonly SlotNumber[] = ['vcpusTotal', 'vcpusFree', 'memoryFreeMiB', 'vgpusFree', 'storageFreeMiB']

function newColumns(capacity: number): NumberColumns {
  return {
    vcpusTotal: new Float64Array(capacity),
    vcpusFree: new Float64Array(capacity),
    memoryFreeMiB: new Float64Array(capacity),
    vgpusFree: new Float64Array(capacity),
    storageFreeMiB: new Float64Array(capacity),
    peers: new Float64Array(capacity),
  }
}

function enlarged(column: Uint32Array, capacity: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity)
  larger.set(column)
  return larger
}
