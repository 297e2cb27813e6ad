import { OakError } from '@oakestra/base'
import type { Place } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

export interface NamespaceAddresses {
  readonly namespaceV4: string
  readonly namespaceV6: string
}

// The first address of a subnet is the bridge's. `reference/network.md` 1.1: subnet + 2 … + 62.
const FIRST_OFFSET = 2
const LAST_OFFSET = 62

/**
 * Chooses the first pair of addresses of a node's subnets that is neither in use nor resting; when all that is left
 * rests, the pair that has rested longest.
 * @throws OakError `resource-exhausted` when 61 instances have addresses already
 */
export function chooseAddresses(place: Place, used: ReadonlySet<string>, resting: ReadonlyMap<string, number>): NamespaceAddresses {
  let longest: { pair: NamespaceAddresses; freedAtMs: number } | undefined
  for (let offset = FIRST_OFFSET; offset <= LAST_OFFSET; offset += 1) {
    const pair = { namespaceV4: offsetIn(place.subnetV4, offset), namespaceV6: offsetIn(place.subnetV6, offset) }
    if (used.has(pair.namespaceV4)) continue
    const freedAtMs = resting.get(pair.namespaceV4)
    if (freedAtMs === undefined) return pair
    if (!longest || freedAtMs < longest.freedAtMs) longest = { pair, freedAtMs }
  }
  if (!longest) throw new OakError('resource-exhausted', `the node's subnet ${place.subnetV4} has no address left`)
  return longest.pair
}

function offsetIn(subnet: string, offset: number): string {
  const [network] = ipaddr.parseCIDR(subnet)
  const bytes = network.toByteArray()
  const last = bytes.length - 1
  bytes[last] = (bytes[last] ?? 0) + offset
  return ipaddr.fromByteArray(bytes).toString()
}
