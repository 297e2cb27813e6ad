import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { type LogPlaces, outputPath, sequenceOf } from './log-places.ts'

/** The file entries are written to, and its predecessors. */
export class Output {
  readonly #places: LogPlaces
  readonly #filesKept: number
  #file: FileHandle | undefined
  #sequence: number
  #length: number

  private constructor(places: LogPlaces, filesKept: number, sequence: number, length: number) {
    this.#places = places
    this.#filesKept = filesKept
    this.#sequence = sequence
    this.#length = length
  }

  /** Throws away what was written after the position that was recorded last: it will be written again. */
  static async recover(
    places: LogPlaces,
    filesKept: number,
    recorded: { readonly sequence: number; readonly length: number },
  ): Promise<Output> {
    for (const sequence of await sequences(places)) {
      if (sequence > recorded.sequence) await rm(outputPath(places, sequence), { force: true })
    }
    const file = await open(outputPath(places, recorded.sequence), constants.O_WRONLY | constants.O_CREAT, 0o600)
    try {
      const { size } = await file.stat()
      if (size > recorded.length) await file.truncate(recorded.length)
      // After a power cut it may be shorter than recorded: what is missing is lost, what follows is not.
      return new Output(places, filesKept, recorded.sequence, Math.min(size, recorded.length))
    } finally {
      await file.close()
    }
  }

  get sequence(): number {
    return this.#sequence
  }

  /** Bytes of the file being written that readers may see. */
  get length(): number {
    return this.#length
  }

  /** Writes behind `length`; `commit` makes it visible. */
  async append(bytes: Buffer): Promise<void> {
    this.#file ??= await open(outputPath(this.#places, this.#sequence), constants.O_WRONLY | constants.O_CREAT, 0o600)
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#length + at)
      at += bytesWritten
    }
  }

  commit(bytes: number): void {
    this.#length += bytes
  }

  /** Goes on in a new file and deletes the oldest beyond those kept. */
  async rotate(): Promise<void> {
    await this.close()
    this.#sequence += 1
    this.#length = 0
    for (const sequence of await sequences(this.#places)) {
      if (sequence < this.#sequence - this.#filesKept) await rm(outputPath(this.#places, sequence), { force: true })
    }
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close()
  }
}

/** Numbers of the output files there are, ascending. */
export async function sequences(places: LogPlaces): Promise<readonly number[]> {
  const names = await readdir(places.dir).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT') return []
    throw thrown
  })
  const found = names.map((name) => sequenceOf(name)).filter((sequence) => sequence !== undefined)
  return found.toSorted((one, other) => one - other)
}
