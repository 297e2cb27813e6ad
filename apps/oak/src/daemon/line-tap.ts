import type { LineSink } from './logger.ts'

/** Passes lines on, and tells whoever asked: it may come later than the first lines. */
export class LineTap implements LineSink {
  readonly #sink: LineSink
  readonly #listeners = new Set<(line: string) => void>()

  constructor(sink: LineSink) {
    this.#sink = sink
  }

  write(line: string): void {
    this.#sink.write(line)
    for (const listener of this.#listeners) listener(line)
  }

  /** @returns how to stop listening */
  listen(listener: (line: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }
}
