import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** How far everything is: what was taken from the spool is exactly what is in the output up to `outputLength`. */
export interface LogPosition {
  readonly outputSequence: number
  readonly outputLength: number
  readonly stdoutOffset: number
  readonly stderrOffset: number
}

export const LOG_START: LogPosition = { outputSequence: 1, outputLength: 0, stdoutOffset: 0, stderrOffset: 0 }

// Five numbers and a checksum; the two slots lie in one block of every file system.
const SLOT_BYTES = 256

interface Slot {
  readonly count: number
  readonly position: LogPosition
}

/**
 * Keeps a position in two slots that are written in turn. Killed in the middle of a write, the other slot still holds the one
 * before; a rename per position would cost ten times as much.
 */
export class Journal {
  readonly #file: FileHandle
  #count: number
  #position: LogPosition

  private constructor(file: FileHandle, slot: Slot) {
    this.#file = file
    this.#count = slot.count
    this.#position = slot.position
  }

  /** Opens or begins one. */
  static async open(path: string): Promise<Journal> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o600)
    const bytes = Buffer.alloc(2 * SLOT_BYTES)
    await file.read(bytes, 0, bytes.length, 0)
    const slots = [parseSlot(bytes.subarray(0, SLOT_BYTES)), parseSlot(bytes.subarray(SLOT_BYTES))]
    const newest = slots.reduce((best, slot) => (slot && slot.count > (best?.count ?? -1) ? slot : best), undefined)
    return new Journal(file, newest ?? { count: 0, position: LOG_START })
  }

  get position(): LogPosition {
    return this.#position
  }

  async write(position: LogPosition): Promise<void> {
    const count = this.#count + 1
    await this.#file.write(renderSlot({ count, position }), 0, SLOT_BYTES, (count % 2) * SLOT_BYTES)
    this.#count = count
    this.#position = position
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

function renderSlot(slot: Slot): Buffer {
  const text = JSON.stringify(slot)
  return Buffer.from(`${checksum(text)} ${text}`.padEnd(SLOT_BYTES - 1).concat('\n'))
}

function parseSlot(bytes: Buffer): Slot | undefined {
  const [, sum, text] = /^([0-9a-f]{16}) (\{.*\}) *\n$/.exec(bytes.toString('latin1')) ?? []
  // With the right sum it is what `renderSlot` made.
  return text !== undefined && checksum(text) === sum ? (JSON.parse(text) as Slot) : undefined
}

function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
