import type { Slot } from '@oakestra/model'
import type { Demand, SlotCheck, SlotNumber } from './filters/filter.ts'
import { KindTable } from './kind-table.ts'
import type { Candidate } from './placement.ts'
import { SITE_WIDTH, writeArea, writeCoordinates } from './proximity/sites.ts'
import { NO_WORDS } from './words.ts'

/** A candidate and where its slots are: `rows[i]` holds slot `i`. */
export interface Owner {
  readonly candidate: Candidate
  readonly rows: number[]
}

/** What slots that carry the same words are judged by. */
interface Carrier {
  readonly slot: Slot
  readonly labels: readonly string[]
}

type NumberColumns = Record<SlotNumber | 'peers', Float64Array>

const CAPACITY_FIRST = 64

/** Stands where a radius would, for a candidate with several areas. */
const MANY_SITES = -1

/**
 * Slots as columns of numbers, one row each, without gaps: comparing ten thousand of them touches a few hundred
 * kilobytes in order instead of as many objects all over the heap.
 */
export class SlotColumns {
  #length = 0
  #columns: NumberColumns = newColumns(CAPACITY_FIRST)
  #machineOf = new Uint32Array(CAPACITY_FIRST)
  #wordsOf = new Uint32Array(CAPACITY_FIRST)
  #sites = new Float64Array(CAPACITY_FIRST * SITE_WIDTH)
  #slotIndexOf = new Uint32Array(CAPACITY_FIRST)
  /** Rows that still fit while a request is looked at. */
  #left = new Uint32Array(CAPACITY_FIRST)
  readonly #owners: Owner[] = []
  readonly #machines = new KindTable<Slot>()
  readonly #words = new KindTable<Carrier>()

  add(owner: Owner): void {
    const { slots, peers = 0, labels = NO_WORDS } = owner.candidate
    this.#reserveRows(this.#length + slots.length)
    slots.forEach((slot, slotIndex) => {
      const row = this.#length
      this.#length += 1
      owner.rows[slotIndex] = row
      this.#owners[row] = owner
      this.#slotIndexOf[row] = slotIndex
      this.#machineOf[row] = this.#machines.enter(JSON.stringify([slot.architecture, slot.virtualizations]), slot)
      this.#wordsOf[row] = this.#words.enter(JSON.stringify([slot.labels, slot.addons, slot.csiDrivers, labels]), { slot, labels })
      this.#writeSite(row, owner.candidate)
      for (const property of SLOT_NUMBERS) this.#columns[property][row] = slot[property]
      this.#columns.peers[row] = peers
    })
  }

  remove(owner: Owner): void {
    while (owner.rows.length > 0) {
      const row = owner.rows.pop()
      if (row === undefined) return
      this.#machines.leave(this.#machineOf[row] ?? 0)
      this.#words.leave(this.#wordsOf[row] ?? 0)
      this.#moveLastRowTo(row)
    }
  }

  /** The rows that pass; the caller may overwrite them, and the next call will. */
  select(checks: readonly SlotCheck[]): Uint32Array {
    let count = this.#selectMachines(checks.filter((check) => check.looksAt === 'machine'))
    count = this.#keepWords(
      checks.filter((check) => check.looksAt === 'words'),
      count,
    )
    for (const check of checks) {
      if (check.demands) for (const demand of check.demands) count = this.#keepDemand(demand, count)
      else if (!check.looksAt)
        throw new Error('assertion failed: an index cannot ask a check of slots that is neither of numbers nor of kinds')
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

  /** Where each row's candidate is, `SITE_WIDTH` numbers a row; meaningless for those of whom `hasManySites` is true. */
  get sites(): Float64Array {
    return this.#sites
  }

  hasManySites(row: number): boolean {
    return this.#sites[row * SITE_WIDTH + 3] === MANY_SITES
  }

  ownerAt(row: number): Owner {
    const owner = this.#owners[row]
    if (!owner) throw new Error(`assertion failed: row ${row} has no owner`)
    return owner
  }

  slotIndexAt(row: number): number {
    return this.#slotIndexOf[row] ?? 0
  }

  #writeSite(row: number, { areas = [], coordinates }: Candidate): void {
    const offset = row * SITE_WIDTH
    writeArea(this.#sites, offset, areas[0])
    writeCoordinates(this.#sites, offset, coordinates)
    if (areas.length > 1) this.#sites[offset + 3] = MANY_SITES
  }

  #selectMachines(checks: readonly SlotCheck[]): number {
    const isFit = this.#machines.fits((slot) => checks.every((check) => check.passes(slot, NO_WORDS)))
    const [machineOf, left, length] = [this.#machineOf, this.#left, this.#length]
    let count = 0
    for (let row = 0; row < length; row += 1) {
      if (isFit[machineOf[row] ?? 0] !== 1) continue
      left[count] = row
      count += 1
    }
    return count
  }

  #keepWords(checks: readonly SlotCheck[], before: number): number {
    if (checks.length === 0) return before
    const isFit = this.#words.fits(({ slot, labels }) => checks.every((check) => check.passes(slot, labels)))
    const [wordsOf, left] = [this.#wordsOf, this.#left]
    let count = 0
    for (let index = 0; index < before; index += 1) {
      const row = left[index] ?? 0
      if (isFit[wordsOf[row] ?? 0] !== 1) continue
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

  #moveLastRowTo(row: number): void {
    const last = this.#length - 1
    this.#length = last
    const mover = this.#owners.pop()
    if (row === last || !mover) return
    const slotIndex = this.slotIndexAt(last)
    for (const column of Object.values(this.#columns)) column.copyWithin(row, last, last + 1)
    this.#machineOf.copyWithin(row, last, last + 1)
    this.#wordsOf.copyWithin(row, last, last + 1)
    this.#sites.copyWithin(row * SITE_WIDTH, last * SITE_WIDTH, (last + 1) * SITE_WIDTH)
    this.#slotIndexOf[row] = slotIndex
    this.#owners[row] = mover
    mover.rows[slotIndex] = row
  }

  #reserveRows(count: number): void {
    const capacity = this.#left.length
    if (count <= capacity) return
    const next = Math.max(count, capacity * 2)
    const columns = newColumns(next)
    for (const property of Object.keys(columns) as (keyof NumberColumns)[]) columns[property].set(this.#columns[property])
    this.#columns = columns
    this.#machineOf = enlarged(this.#machineOf, next)
    this.#wordsOf = enlarged(this.#wordsOf, next)
    const sites = new Float64Array(next * SITE_WIDTH)
    sites.set(this.#sites)
    this.#sites = sites
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
