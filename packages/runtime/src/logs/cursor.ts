import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Visible } from './collector.ts'
import { entryHeader } from './cri-format.ts'
import { type LogPlaces, outputPath } from './log-places.ts'
import { sequences } from './output.ts'

// An entry is at most 16 KiB and its header long: each read brings a few.
const READ_BYTES = 64 * 1024
const NEWLINE = 0x0a

export interface FilePosition {
  readonly sequence: number
  readonly offset: number
}

/** A place in the output files that moves on through them, also while they are rotated. */
export class Cursor implements AsyncDisposable {
  readonly #places: LogPlaces
  readonly #nowMs: () => number
  #sequence: number
  #offset: number
  #file: FileHandle | undefined

  constructor(places: LogPlaces, start: FilePosition, nowMs: () => number) {
    this.#places = places
    this.#nowMs = nowMs
    this.#sequence = start.sequence
    this.#offset = start.offset
  }

  /** The next entries, complete ones only; `undefined` when there are none within what is visible. */
  async next(visible: Visible): Promise<Buffer | undefined> {
    for (;;) {
      const file = await this.#open()
      const entries = file && (await this.#read(file, visible))
      if (entries) return entries
      if (this.#sequence >= visible.sequence) return undefined
      const notice = await this.#advance(visible)
      if (notice) return notice
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }

  /** `undefined` when the file was deleted, or nothing was written yet. */
  async #open(): Promise<FileHandle | undefined> {
    this.#file ??= await open(outputPath(this.#places, this.#sequence), constants.O_RDONLY).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return undefined
      throw thrown
    })
    return this.#file
  }

  async #read(file: FileHandle, visible: Visible): Promise<Buffer | undefined> {
    // A file that was ended is read to its end, even after its deletion.
    const end = this.#sequence === visible.sequence ? visible.length : (await file.stat()).size
    const length = Math.min(READ_BYTES, end - this.#offset)
    if (length <= 0) return undefined
    const buffer = Buffer.allocUnsafe(length)
    const { bytesRead } = await file.read(buffer, 0, length, this.#offset)
    const entries = buffer.subarray(0, buffer.lastIndexOf(NEWLINE, bytesRead - 1) + 1)
    this.#offset += entries.length
    return entries.length > 0 ? entries : undefined
  }

  /** To the next file there is. @returns an entry that says so when some were deleted before they were read */
  async #advance(visible: Visible): Promise<Buffer | undefined> {
    await this[Symbol.asyncDispose]()
    const later = (await sequences(this.#places)).filter((sequence) => sequence > this.#sequence)
    const next = later[0] ?? visible.sequence
    const isGap = next > this.#sequence + 1
    this.#sequence = next
    this.#offset = 0
    if (!isGap) return undefined
    const text = '[oakestra] older output was deleted before it could be read\n'
    return Buffer.concat([entryHeader(this.#nowMs(), 'stderr', false), Buffer.from(text)])
  }
}
