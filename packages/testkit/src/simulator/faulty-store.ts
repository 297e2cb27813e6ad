import { OakError } from '@oakestra/base'
import type { Change, Reader, Store, Writer } from '@oakestra/store'
import type { MemoryStore } from '@oakestra/store/testing'

/** A store whose disk can be full: what is there can be read, nothing can be written. */
export class FaultyStore implements Store {
  /** The documents themselves, for observers. */
  readonly raw: MemoryStore
  isFull = false

  constructor(raw: MemoryStore) {
    this.raw = raw
  }

  read<T>(section: (reader: Reader) => Promise<T>): Promise<T> {
    return this.raw.read(section)
  }

  async write<T>(section: (writer: Writer) => Promise<T>): Promise<T> {
    return this.raw.write(async (writer) => {
      const result = await section(writer)
      // As SQLite: the section runs, and what it did is taken back when it does not fit.
      if (this.isFull) throw new OakError('unavailable', 'the disk is full: make room')
      return result
    })
  }

  onCommit(listener: (changes: readonly Change[]) => void): () => void {
    return this.raw.onCommit(listener)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.raw[Symbol.asyncDispose]()
  }
}
