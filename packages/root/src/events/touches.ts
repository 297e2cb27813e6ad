import type { Collection } from '@oakestra/store'

/** A document before a section and after it; absent where it was not there. */
export interface Touch<T> {
  readonly before: T | undefined
  after: T | undefined
}

/** The documents that one section put or removed, each with the first state it had. */
export class Touches {
  readonly #byCollection = new Map<string, Map<string, Touch<unknown>>>()

  get isEmpty(): boolean {
    return this.#byCollection.size === 0
  }

  isKnown(collection: string, key: string): boolean {
    return this.#byCollection.get(collection)?.has(key) ?? false
  }

  /** `before` counts only for a document that was not touched yet. */
  note<T>(collection: Collection<T>, key: string, states: Touch<T>): void {
    const ofCollection = this.of(collection)
    const known = ofCollection.get(key)
    if (known) known.after = states.after
    else ofCollection.set(key, states)
  }

  of<T>(collection: Collection<T>): Map<string, Touch<T>> {
    const known = this.#byCollection.get(collection.name) ?? new Map<string, Touch<unknown>>()
    this.#byCollection.set(collection.name, known)
    // What is kept under a collection's name is what its writer was given.
    return known as Map<string, Touch<T>>
  }
}
