import { OakError } from '@oakestra/base'
import type { Place } from '@oakestra/wire'
import ipaddr from 'ipaddr.js'

export interface NamespaceAddresses {
  readonly namespaceV4: string
  readonly namespaceV6: string
}

// The first address of a subnet is the bridge's. `reference/network.md` 1.1: subnet + 2 … + 62.
const GATEWAY_OFFSET = 1
const FIRST_OFFSET = 2
const LAST_OFFSET = 62

/**
 * Chooses the first pair of addresses of a node's subnets that is neither in use nor resting; when all that is left
 * rests, the pair that has rested longest.
 * @throws OakError `resource-exhausted` when 61 instances have addresses already
 */
export function chooseAddresses(place: Place, used: ReadonlySet<string>, resting: ReadonlyMap<string, number>): NamespaceAddresses {
  const pairAt = (offset: number) => ({ namespaceV4: addressV4(offset), namespaceV6: addressV6(offset) })
  const { v4: addressV4, v6: addressV6 } = subnetsOf(place)
  let longest: { offset: number; freedAtMs: number } | undefined
  for (let offset = FIRST_OFFSET; offset <= LAST_OFFSET; offset += 1) {
    const namespaceV4 = addressV4(offset)
    if (used.has(namespaceV4)) continue
    const freedAtMs = resting.get(namespaceV4)
    if (freedAtMs === undefined) return pairAt(offset)
    if (!longest || freedAtMs < longest.freedAtMs) longest = { offset, freedAtMs }
  }
  if (!longest) throw new OakError('resource-exhausted', `the node's subnet ${place.subnetV4} has no address left`)
  return pairAt(longest.offset)
}

/** The bridge's own address in a subnet: what instances have as their gateway. */
export function gatewayOf(subnet: string): string {
  return addressesOf(subnet)(GATEWAY_OFFSET)
}

type AddressAt = (offset: number) => string

function subnetsOf({ subnetV4, subnetV6 }: Place): { readonly v4: AddressAt; readonly v6: AddressAt } {
  return { v4: addressesOf(subnetV4), v6: addressesOf(subnetV6) }
}

/** A node has two subnets and asks for their addresses with every change; beyond this many the memory starts anew. */
const SUBNETS_MAX = 4_096
const known = new Map<string, AddressAt>()

/** Gives the address at an offset of a subnet. */
function addressesOf(subnet: string): AddressAt {
  const before = known.get(subnet)
  if (before) return before
  if (known.size >= SUBNETS_MAX) known.clear()
  const addresses = rendering(subnet)
  known.set(subnet, addresses)
  return addresses
}

function rendering(subnet: string): AddressAt {
  const bytes = ipaddr.parseCIDR(subnet)[0].toByteArray()
  const last = bytes.pop() ?? 0
  const rendered = new Map<number, string>()
  return (offset) => {
    const address = rendered.get(offset) ?? ipaddr.fromByteArray([...bytes, last + offset]).toString()
    rendered.set(offset, address)
    return address
  }
}
