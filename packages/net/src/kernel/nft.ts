import { OakError } from '@oakestra/base'
import type { LibNftables } from './libc.ts'

/** nftables/libnftables.h: JSON, no counters, and numbers instead of names that depend on files in /etc. */
const OUTPUT_FLAGS = (1 << 4) | (1 << 2) | (1 << 7) | (1 << 8) | (1 << 9)
const ERROR_CHARACTERS_MAX = 2000

/** nftables in this process, for good in the network namespace where it was opened. */
export class Nft implements Disposable {
  readonly #library: LibNftables
  readonly #context: unknown

  constructor(library: LibNftables) {
    this.#library = library
    this.#context = library.create(0)
    library.bufferOutput(this.#context)
    library.bufferError(this.#context)
    library.setOutputFlags(this.#context, OUTPUT_FLAGS)
  }

  /** Runs commands as one atomic transaction. @throws OakError `unavailable` with what nft has against them */
  run(commands: string): string {
    const result = this.#library.run(this.#context, commands)
    const output = this.#library.output(this.#context)
    const error = this.#library.error(this.#context)
    if (result === 0) return output
    throw new OakError('unavailable', `nftables refused: ${(error || output).trim().slice(0, ERROR_CHARACTERS_MAX)}`)
  }

  [Symbol.dispose](): void {
    this.#library.free(this.#context)
  }
}
