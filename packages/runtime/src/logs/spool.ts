import { constants } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
import { punchHole } from './punch-hole.ts'

// The file system gives back whole blocks; 4 KiB is the smallest anywhere, and a larger one only keeps its edges.
const BLOCK_BYTES = 4096
// Giving back costs a system call: for less it is not worth it.
const RELEASE_BYTES_MIN = 256 * 1024

export interface SpoolSize {
  readonly bytes: number
  readonly changedAtMs: number
}

/** A file that a runtime appends to and that only grows in length, not in what it occupies. */
export class Spool {
  readonly #path: string
  #released: number

  /** @param released up to where its content was given back earlier */
  constructor(path: string, released: number) {
    this.#path = path
    this.#released = released
  }

  async create(): Promise<void> {
    const file = await open(this.#path, 'a', 0o600)
    await file.close()
  }

  /** Zero when there is no file. */
  async size(): Promise<SpoolSize> {
    const found = await stat(this.#path).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === 'ENOENT') return undefined
      throw thrown
    })
    return { bytes: found?.size ?? 0, changedAtMs: Math.round(found?.mtimeMs ?? 0) }
  }

  /** For a series of reads; the caller closes it. */
  open(): Promise<FileHandle> {
    return open(this.#path, constants.O_RDWR)
  }

  /** Gives back what lies before `offset`. */
  release(file: FileHandle, offset: number): void {
    const start = this.#released - (this.#released % BLOCK_BYTES)
    const end = offset - (offset % BLOCK_BYTES)
    if (end - start < RELEASE_BYTES_MIN) return
    punchHole(file.fd, start, end - start)
    this.#released = end
  }
}
