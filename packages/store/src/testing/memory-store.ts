import { OakError } from '@oakestra/base'
import { TurnWatch } from '../one-turn.ts'
import { SectionQueue, type Waiting } from '../section-queue.ts'
import type { Change, Collection, Reader, Store, Writer } from '../store.ts'
import { type Entry, MemoryCollection } from './memory-collection.ts'
import { MemorySection } from './memory-section.ts'

export interface MemoryStoreOptions {
  readonly collections: readonly Collection<never>[]
}

/** Everything a memory store held at one moment. */
export type MemorySnapshot = ReadonlyMap<string, readonly Entry[]>

type Run = (section: MemorySection) => Promise<unknown>

/** Documents in memory, with the transactions and the order of the real store. For simulations: no disk, no native code. */
export class MemoryStore implements Store {
  readonly #collections: ReadonlyMap<string, MemoryCollection>
  readonly #queue = new SectionQueue<Run>()
  readonly #listeners = new Set<(changes: readonly Change[]) => void>()
  readonly #turns = new TurnWatch()
  #draining: Promise<void> | undefined
  #isClosed = false

  constructor({ collections }: MemoryStoreOptions) {
    this.#collections = new Map(collections.map((collection) => [collection.name, new MemoryCollection(collection)]))
  }

  read<T>(section: (reader: Reader) => Promise<T>): Promise<T> {
    return this.#add(section)
  }

  write<T>(section: (writer: Writer) => Promise<T>): Promise<T> {
    return this.#add(section)
  }

  onCommit(listener: (changes: readonly Change[]) => void): () => void {
    const own = (changes: readonly Change[]) => listener(changes)
    this.#listeners.add(own)
    return () => void this.#listeners.delete(own)
  }

  /** The documents of a collection as they are at this moment, for observers that cannot wait. */
  peek<T>({ name }: Pick<Collection<T>, 'name'>): readonly T[] {
    return (this.#collections.get(name)?.list({}) ?? []) as readonly T[]
  }

  /** One document as it is at this moment. */
  peekAt<T>({ name }: Pick<Collection<T>, 'name'>, key: string): T | undefined {
    return this.#collections.get(name)?.get(key)?.value as T | undefined
  }

  /** What a backup would hold. Not to be called inside a section. */
  snapshot(): MemorySnapshot {
    return new Map([...this.#collections].map(([name, collection]) => [name, collection.snapshot()]))
  }

  /** Puts a backup in the place of everything. Nobody is told, as when files are exchanged while their owner is stopped. */
  restore(snapshot: MemorySnapshot): void {
    for (const [name, collection] of this.#collections) collection.restore(snapshot.get(name) ?? [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#draining
  }

  #add<T>(run: (section: MemorySection) => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(new OakError('unavailable', 'the store is closed', { retryable: false }))
    const result = this.#queue.add<T>(run)
    this.#draining ??= this.#drain()
    return result
  }

  async #drain(): Promise<void> {
    // Whoever asks goes on first, as with the real store, which never runs a section in the turn of asking.
    await Promise.resolve()
    for (let next = this.#queue.take(); next; next = this.#queue.take()) await this.#run(next)
    this.#draining = undefined
  }

  async #run({ section: run, resolve, reject }: Waiting<Run>): Promise<void> {
    const section = new MemorySection(this.#collections)
    try {
      const value = await this.#turns.within(run(section))
      this.#announce(section.end())
      resolve(value)
    } catch (thrown) {
      section.end()
      section.takeBack()
      reject(thrown)
    }
  }

  #announce(changes: readonly Change[]): void {
    if (changes.length === 0) return
    for (const listener of this.#listeners) {
      try {
        listener(changes)
      } catch {
        // A careless listener spoils neither the commit nor the others.
      }
    }
  }
}

/** Opens an empty store in memory. */
export function createMemoryStore(options: MemoryStoreOptions): MemoryStore {
  return new MemoryStore(options)
}
