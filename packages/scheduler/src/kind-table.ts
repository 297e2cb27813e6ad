interface Kind<T> {
  readonly key: string
  readonly sample: T
  members: number
}

/** Numbers for things that are alike, so that a question about them is asked once for all of them. */
export class KindTable<T> {
  readonly #byKey = new Map<string, number>()
  readonly #kinds: (Kind<T> | undefined)[] = []
  readonly #free: number[] = []

  /** Counts one more with this key; gives the number of its kind. */
  enter(key: string, sample: T): number {
    const known = this.#byKey.get(key)
    const kind = known === undefined ? undefined : this.#kinds[known]
    if (known !== undefined && kind) {
      kind.members += 1
      return known
    }
    const id = this.#free.pop() ?? this.#kinds.length
    this.#kinds[id] = { key, sample, members: 1 }
    this.#byKey.set(key, id)
    return id
  }

  /** Counts one less; the number of a kind without members is given to another. */
  leave(id: number): void {
    const kind = this.#kinds[id]
    if (!kind) return
    kind.members -= 1
    if (kind.members > 0) return
    this.#byKey.delete(kind.key)
    this.#kinds[id] = undefined
    this.#free.push(id)
  }

  /** For each number, 1 when its kind passes. */
  fits(test: (sample: T) => boolean): Uint8Array {
    return Uint8Array.from(this.#kinds, (kind) => (kind && test(kind.sample) ? 1 : 0))
  }
}
