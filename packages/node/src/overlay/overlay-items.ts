import type { Logger } from '@oakestra/base'
import type { GatewayItem, PeerItem, ServiceTable } from '@oakestra/model'
import { type InboxItem, inboxItems } from '@oakestra/session'
import type { Change, Store } from '@oakestra/store'
import { GATEWAY_KIND, gatewayItemSchema, overlaySubject, PEER_KIND, TABLE_KIND } from '@oakestra/wire'
import { readPeer, readTable } from './read-overlay-item.ts'
import { SortedItems } from './sorted-items.ts'

/** What the document says of services and of other nodes, at one time. Objects stay the same until what they say changes. */
export interface KnownItems {
  readonly tables: readonly ServiceTable[]
  readonly peers: readonly PeerItem[]
  /** Services that this node is to publish. */
  readonly gateways: readonly GatewayItem[]
}

/**
 * Tables and peers out of the document, read and kept: the network is planned from all of them many times a second, and
 * most times only few have changed. One that cannot be read leaves what was understood last in force.
 */
export class OverlayItems {
  readonly #store: Store
  readonly #logger: Logger
  readonly #tables = new SortedItems<ServiceTable>()
  readonly #peers = new SortedItems<PeerItem>()
  readonly #gateways = new SortedItems<GatewayItem>()
  readonly #dirty = new Set<string>()
  #isLoaded = false
  #known: KnownItems = { tables: [], peers: [], gateways: [] }

  constructor(store: Store, logger: Logger) {
    this.#store = store
    this.#logger = logger
  }

  /** To be told of every commit. @returns ids of the tables and peers that it concerns */
  committed(changes: readonly Change[]): readonly string[] {
    const ids = changes.filter(({ collection, key }) => collection === inboxItems.name && overlaySubject(key)).map(({ key }) => key)
    for (const id of ids) this.#dirty.add(id)
    return ids
  }

  /** As it was understood last; `current` looks whether the document says something else by now. */
  get known(): KnownItems {
    return this.#known
  }

  /** Everything as the document says it now. */
  async current(): Promise<KnownItems> {
    if (this.#isLoaded && this.#dirty.size === 0) return this.#known
    const dirty = [...this.#dirty]
    this.#dirty.clear()
    try {
      if (this.#isLoaded) await this.#reread(dirty)
      else await this.#load()
    } catch (thrown) {
      for (const id of dirty) this.#dirty.add(id)
      throw thrown
    }
    // The list of those that did not change stays the same object: whoever worked something out of it need not do so again.
    this.#known = { tables: this.#tables.list, peers: this.#peers.list, gateways: this.#gateways.list }
    return this.#known
  }

  async #load(): Promise<void> {
    const items = await this.#store.read(async (reader) => [
      ...(await reader.list(inboxItems, { index: 'kind', equals: TABLE_KIND })),
      ...(await reader.list(inboxItems, { index: 'kind', equals: PEER_KIND })),
      ...(await reader.list(inboxItems, { index: 'kind', equals: GATEWAY_KIND })),
    ])
    for (const item of items) this.#take(item.id, item)
    this.#isLoaded = true
  }

  async #reread(ids: readonly string[]): Promise<void> {
    const found = await this.#store.read((reader) => Promise.all(ids.map((id) => reader.get(inboxItems, id))))
    for (const [at, id] of ids.entries()) this.#take(id, found[at])
  }

  #take(id: string, item: InboxItem | undefined): void {
    if (item?.kind === TABLE_KIND) this.#keep(this.#tables, id, readTable(item))
    else if (item?.kind === PEER_KIND) this.#keep(this.#peers, id, readPeer(item))
    else if (item?.kind === GATEWAY_KIND) this.#keep(this.#gateways, id, gatewayItemSchema.safeParse(item.body).data)
    else for (const items of [this.#tables, this.#peers, this.#gateways]) items.remove(id)
  }

  #keep<T>(items: SortedItems<T>, id: string, read: T | undefined): void {
    if (read) items.put(id, read)
    else this.#logger.warn('what the cluster says about a service or a node cannot be read', { item: id })
  }
}
