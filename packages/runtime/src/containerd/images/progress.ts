import type { ImageProgress } from '../../runtime.ts'

// Often enough to look alive, seldom enough to cost nothing.
const STEP_BYTES_MIN = 256 * 1024
const STEPS = 100

/** Counts one phase and tells of it in steps. */
export class ProgressCounter {
  readonly #phase: ImageProgress['phase']
  readonly #bytesTotal: number | undefined
  readonly #report: (progress: ImageProgress) => void
  #done = 0
  #told = 0

  constructor(phase: ImageProgress['phase'], bytesTotal: number | undefined, report: (progress: ImageProgress) => void) {
    this.#phase = phase
    this.#bytesTotal = bytesTotal
    this.#report = report
    this.#tell()
  }

  add(bytes: number): void {
    this.#done += bytes
    const step = Math.max(STEP_BYTES_MIN, (this.#bytesTotal ?? 0) / STEPS)
    if (this.#done - this.#told >= step || this.#done === this.#bytesTotal) this.#tell()
  }

  /** Counts what passes. */
  async *count(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of source) {
      yield piece
      this.add(piece.length)
    }
  }

  #tell(): void {
    this.#told = this.#done
    const total = this.#bytesTotal === undefined ? {} : { bytesTotal: this.#bytesTotal }
    this.#report({ phase: this.#phase, bytesDone: this.#done, ...total })
  }
}
