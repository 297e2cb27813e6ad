/**
 * Items in the order of their ids. A node keeps ten thousand tables and changes one of them at a time: the lists that it gives out are
 * made by copying, not by sorting.
 */
export class SortedItems<Item> {
  #ids: string[] = []
  #items: Item[] = []
  #list: readonly Item[] | undefined

  /** The same list until something changes. */
  get list(): readonly Item[] {
    this.#list ??= [...this.#items]
    return this.#list
  }

  put(id: string, item: Item): void {
    const at = this.#placeOf(id)
    const isNew = this.#ids[at] !== id
    if (!isNew && this.#items[at] === item) return
    this.#ids.splice(at, isNew ? 0 : 1, id)
    this.#items.splice(at, isNew ? 0 : 1, item)
    this.#list = undefined
  }

  remove(id: string): void {
    const at = this.#placeOf(id)
    if (this.#ids[at] !== id) return
    this.#ids.splice(at, 1)
    this.#items.splice(at, 1)
    this.#list = undefined
  }

  /** Of the id, or where it belongs. */
  #placeOf(id: string): number {
    let [low, high] = [0, this.#ids.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ids[middle] ?? '') < id) low = middle + 1
      else high = middle
    }
    return low
  }
}
