import { type InboxItem, inboxItems } from '@oakestra/session'
import type { Reader } from '@oakestra/store'
import { type Place, placeSchema } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

/** Reads the node's place in the overlay out of the document. One that cannot be read leaves the last good one in force. */
export class PlaceReader {
  #last: Place | undefined
  /** What the store hands out is never changed: the same item need not be read twice. */
  #lastItem: InboxItem | undefined

  async read(reader: Reader): Promise<Place | undefined> {
    const item = await reader.get(inboxItems, 'place')
    if (!item) return undefined
    if (item === this.#lastItem) return this.#last
    this.#lastItem = item
    const result = placeSchema.safeParse(item.body)
    if (result.success && ipaddr.IPv4.isValidCIDR(result.data.subnetV4) && ipaddr.IPv6.isValidCIDR(result.data.subnetV6))
      this.#last = result.data
    return this.#last
  }
}
