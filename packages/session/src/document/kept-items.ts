import type { Store, Writer } from '@oakestra/store'
import type { DocumentItem } from '@oakestra/wire'
import { itemHash } from './digest.ts'
import type { Outbox } from './outbox.ts'

export interface KeptItemsOptions {
  readonly store: Store
  readonly outbox: Outbox
  /** Whether an item, by its id, is one of those that are kept here. */
  readonly belongs: (itemId: string) => boolean
}

/**
 * Keeps one family of items of each child's document as a plan has them, without touching others. What a child was told last is
 * remembered, so that a plan that changed little costs little.
 */
export class KeptItems {
  readonly #options: KeptItemsOptions
  /** By child, then by item: the hash of what its document has. */
  readonly #told = new Map<string, Map<string, string>>()
  readonly #hashes = new WeakMap<object, { readonly id: string; readonly hash: string }>()

  constructor(options: KeptItemsOptions) {
    this.#options = options
  }

  /** Puts what is new or different and removes what is not planned any more, unless the child is not `known` within the section. */
  async settle(childId: string, planned: Iterable<DocumentItem>, isKnown: (writer: Writer) => Promise<boolean>): Promise<void> {
    const hashed = [...planned].map((item) => ({ item, hash: this.#hashOf(item) }))
    const before = this.#told.get(childId)
    if (before && isSame(before, hashed)) return
    // Nobody knows what it has when the section fails.
    this.#told.delete(childId)
    const told = await this.#options.store.write(async (writer) => {
      if (!(await isKnown(writer))) return undefined
      return this.#write(writer, childId, before ?? (await this.#read(writer, childId)), hashed)
    })
    if (told) this.#told.set(childId, told)
  }

  /** What the child's document has is read again before it is changed. */
  forget(childId: string): void {
    this.#told.delete(childId)
  }

  /** Bodies are not changed once they are made, and the same is planned for many. */
  #hashOf(item: DocumentItem): string {
    const { body } = item
    if (typeof body !== 'object' || body === null) return itemHash(item)
    const known = this.#hashes.get(body)
    if (known?.id === item.id) return known.hash
    const hash = itemHash(item)
    this.#hashes.set(body, { id: item.id, hash })
    return hash
  }

  async #write(
    writer: Writer,
    childId: string,
    before: ReadonlyMap<string, string>,
    planned: readonly Hashed[],
  ): Promise<Map<string, string>> {
    const { outbox } = this.#options
    const told = new Map<string, string>()
    for (const { item, hash } of planned) {
      told.set(item.id, hash)
      if (before.get(item.id) !== hash) await outbox.put(writer, childId, item)
    }
    for (const itemId of before.keys()) if (!told.has(itemId)) await outbox.remove(writer, childId, itemId)
    return told
  }

  async #read(writer: Writer, childId: string): Promise<ReadonlyMap<string, string>> {
    const entries = await this.#options.outbox.since(writer, childId)
    return new Map(entries.filter(({ item }) => this.#options.belongs(item.id)).map(({ item, hash }) => [item.id, hash]))
  }
}

interface Hashed {
  readonly item: DocumentItem
  readonly hash: string
}

function isSame(told: ReadonlyMap<string, string>, planned: readonly Hashed[]): boolean {
  return told.size === planned.length && planned.every(({ item, hash }) => told.get(item.id) === hash)
}
