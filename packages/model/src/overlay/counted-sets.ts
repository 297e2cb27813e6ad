/** Sets by key whose members are there as often as they were added. Empty ones cost nothing. */
export class CountedSets {
  readonly #sets = new Map<string, Map<string, number>>()

  of(key: string): Iterable<string> {
    return this.#sets.get(key)?.keys() ?? []
  }

  has(key: string): boolean {
    return this.#sets.has(key)
  }

  keys(): Iterable<string> {
    return this.#sets.keys()
  }

  add(key: string, member: string): void {
    const set = this.#sets.get(key) ?? new Map<string, number>()
    this.#sets.set(key, set.set(member, (set.get(member) ?? 0) + 1))
  }

  remove(key: string, member: string): void {
    const set = this.#sets.get(key)
    const count = set?.get(member)
    if (!set || count === undefined) return
    if (count > 1) set.set(member, count - 1)
    else set.delete(member)
    if (set.size === 0) this.#sets.delete(key)
  }
}
