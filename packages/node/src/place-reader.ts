import { inboxItems } from '@oakestra/session'
import type { Reader } from '@oakestra/store'
import { type Place, placeSchema } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

/** Reads the node's place in the overlay out of the document. One that cannot be read leaves the last good one in force. */
export class PlaceReader {
  #last: Place | undefined

  async read(reader: Reader): Promise<Place | undefined> {
    const item = await reader.get(inboxItems, 'place')
    if (!item) return undefined
    const result = placeSchema.safeParse(item.body)
    if (result.success && ipaddr.IPv4.isValidCIDR(result.data.subnetV4) && ipaddr.IPv6.isValidCIDR(result.data.subnetV6))
      this.#last = result.data
    return this.#last
  }
}
